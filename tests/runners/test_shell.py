"""One job at a time: what it gets, and how its supervisor sees it through."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from tuner import wire
from tuner.runners import shell
from tuner.runners.base import Ended, Progress
from tuner.runners.exits import Exit, read_exit

SHOW = """
import json, os, sys
names = [name for name in os.environ if name.startswith(("TUNER_", "CUDA_", "MY_", "PYTHONUN"))]
print(json.dumps({name: os.environ[name] for name in names} | {"cwd": os.getcwd()}))
"""


def shown(bench, job=None, **more):
    _, said = bench.run(bench.runner(bench.script(SHOW), **more), job)
    return json.loads(said)


def test_a_job_finds_everything_in_its_environment(bench, monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    job = bench.job(3, {"lr": 0.5, "note": None})

    env = shown(bench, job, env={"MY_MODE": "offline"}, cwd=str(bench.dir))

    folder = str(bench.dir / "trials" / "3" / "attempt-1")
    assert env == {
        "TUNER_TRIAL_ID": "3",
        "TUNER_ATTEMPT": "1",
        "TUNER_TRIAL_DIR": folder,
        "TUNER_SEED": "7",
        "TUNER_PARAMS_FILE": f"{folder}/params.json",
        "TUNER_REPORT_FILE": f"{folder}/reports.jsonl",
        "TUNER_CHECKPOINT_DIR": str(bench.dir / "trials" / "3" / "checkpoint"),
        "MY_MODE": "offline",
        "PYTHONUNBUFFERED": "1",
        "cwd": str(bench.dir),
    }
    assert json.loads(Path(env["TUNER_PARAMS_FILE"]).read_text()) == {"lr": 0.5, "note": None}
    assert Path(env["TUNER_CHECKPOINT_DIR"]).is_dir()


def test_a_relative_study_folder_becomes_absolute_for_the_job(bench, monkeypatch):
    monkeypatch.chdir(bench.dir.parent)
    folder = Path("study", "trials", "1", "attempt-1")
    job = replace(
        bench.job(),
        study_dir=Path("study"),
        folder=folder,
        checkpoint=folder.with_name("checkpoint"),
    )

    env = shown(bench, job, cwd="/")

    assert env["TUNER_TRIAL_DIR"] == str(bench.dir / "trials" / "1" / "attempt-1")
    assert env["TUNER_CHECKPOINT_DIR"] == str(bench.dir / "trials" / "1" / "checkpoint")


@pytest.mark.parametrize(
    ("ours", "devices", "more", "expected"),
    [
        (None, ("1", "3"), {}, {"CUDA_VISIBLE_DEVICES": "1,3", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}),
        ("2,3", ("3",), {}, {"CUDA_VISIBLE_DEVICES": "3"}),
        ("2,3", (), {}, {"CUDA_VISIBLE_DEVICES": "2,3"}),
        (None, (), {}, {}),
        (None, (), {"CUDA_VISIBLE_DEVICES": "5"}, {"CUDA_VISIBLE_DEVICES": "5"}),
    ],
)
def test_a_job_sees_the_gpus_that_it_holds(bench, monkeypatch, ours, devices, more, expected):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("CUDA_DEVICE_ORDER", raising=False)
    if ours is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", ours)

    env = shown(bench, bench.job(devices=devices), env=more)

    assert {name: env[name] for name in env if name.startswith("CUDA")} == expected


def test_ignored_and_blocked_signals_of_ours_are_not_passed_on(bench):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        _, said = bench.run(bench.runner(("sh", "-c", "grep -E 'Sig(Blk|Ign)' /proc/self/status")))
    finally:
        signal.signal(signal.SIGHUP, before)

    masks = [int(line.split()[1], 16) for line in said.splitlines()]
    assert masks == [0, 0]


def test_a_job_leads_its_own_session(bench):
    _, said = bench.run(bench.runner(("sh", "-c", "ps -o pid=,sid=,pgid= -p $$")))

    assert len(set(said.split())) == 1
    assert int(said.split()[0]) != os.getsid(0)


def test_a_sigterm_to_the_supervisor_ends_the_job(bench):
    runner, job = bench.runner(("sh", "-c", "echo ready; sleep 300"), grace_s=1.0), bench.job()
    started = runner.prepare(job)
    runner.go(job)
    log = job.folder / "stdout.log"
    bench.wait_for(lambda: log.exists() and log.read_text() == "ready\n")

    os.kill(started.pid, signal.SIGTERM)

    assert bench.outcome(runner).state == "interrupted"


def test_a_killed_supervisor_is_noticed_and_its_job_swept_away(bench):
    command = "setsid sh -c 'trap \"\" TERM; echo $$; sleep 300' & wait"
    runner, job = bench.runner(("sh", "-c", command)), bench.job()
    started = runner.prepare(job)
    runner.go(job)
    log = job.folder / "stdout.log"
    bench.wait_for(lambda: log.exists() and log.read_text().endswith("\n"))

    os.kill(started.pid, signal.SIGKILL)

    outcome = bench.outcome(runner)
    assert (outcome.state, outcome.failure) == ("lost", "lost")
    detached = int(log.read_text())
    bench.wait_for(lambda: wire.start_ticks(detached) == 0)


@pytest.mark.parametrize(
    ("command", "more", "message"),
    [
        ("no-such-program", {}, "no-such-program: No such file or directory"),
        ("./no-such-script.sh", {}, "./no-such-script.sh: No such file or directory"),
        ("/dev/null", {}, "/dev/null: Permission denied"),
    ],
)
def test_what_cannot_be_started_says_so(bench, command, more, message):
    outcome, said = bench.run(bench.runner(command, **more))

    assert (outcome.state, outcome.failure, outcome.message) == ("failed", "unstartable", message)
    assert (said, outcome.wall_s) == ("", 0.0)


def test_a_working_folder_that_went_away_says_so(bench):
    home = bench.dir / "home"
    home.mkdir()
    runner = bench.runner("true", cwd=str(home))
    home.rmdir()

    outcome, _ = bench.run(runner)

    assert outcome.failure == "unstartable"
    assert outcome.message == f"cwd {home}: No such file or directory"


def test_a_script_is_found_in_the_working_folder_and_on_the_path_of_the_job(bench):
    script = bench.dir / "mine.sh"
    script.write_text("#!/bin/sh\necho loss=1\n")
    script.chmod(0o755)

    here, _ = bench.run(bench.runner("./mine.sh", cwd=str(bench.dir)), bench.job(1))
    path = {"PATH": f"{bench.dir}:{os.environ['PATH']}"}
    there, _ = bench.run(bench.runner("mine.sh", env=path), bench.job(2))

    assert here.metrics == there.metrics == {"loss": 1.0}


def test_a_very_long_command_passes(bench):
    values = {f"x{number}": "y" * 100_000 for number in range(10)}

    _, said = bench.run(
        bench.runner((*bench.script("import sys; print(len(' '.join(sys.argv)))"), "{args}")),
        bench.job(values=values),
    )

    assert int(said) > 1_000_000


def test_time_and_memory_are_measured(bench):
    text = "import time; x = bytearray(200 << 20); t = time.monotonic()\nwhile time.monotonic() < t + 0.3: pass"

    outcome, _ = bench.run(bench.runner(bench.script(text)), bench.job(gpus=0.5))

    assert outcome.wall_s >= 0.3
    assert outcome.gpu_s == pytest.approx(outcome.wall_s / 2)
    assert 200 << 20 < outcome.peak_memory_bytes < 400 << 20


def test_half_a_report_waits_for_its_other_half(bench):
    runner, job = bench.runner(("sh", "-c", "sleep 300")), bench.job()
    runner.prepare(job)
    runner.go(job)
    reports = job.folder / "reports.jsonl"

    reports.write_text('{"loss": 0.5, "step": 1}\n{"loss": 0.')
    first = _next(runner)
    with reports.open("a") as file:
        file.write('25}\nnonsense\n{"loss": "nan"}\n')
    second = _next(runner)
    runner.close()

    assert first == [Progress(trial=1, attempt=1, step=1.0, metrics={"loss": 0.5})]
    assert [(update.step, repr(update.metrics)) for update in second] == [
        (None, "{'loss': 0.25}"),
        (None, "{'loss': nan}"),
    ]


def test_reports_behind_a_lot_of_noise_are_found(bench, monkeypatch):
    monkeypatch.setattr(shell, "REPORTS_AT_ONCE", 64)
    text = "x" * 1000 + "\n" + "noise\n" * 100 + '{"loss": 0.5}\n{"loss": 0.25}\n'
    command = bench.script(
        "import os, sys; open(os.environ['TUNER_REPORT_FILE'], 'w').write(sys.argv[1])"
    )

    runner, job = bench.runner((*command, "{text}")), bench.job(values={"text": text})
    runner.prepare(job)
    runner.go(job)
    seen = []
    bench.wait_for(lambda: seen.extend(runner.wait(0.5)) or isinstance((seen or [None])[-1], Ended))

    assert [update.metrics for update in seen[:-1]] == [{"loss": 0.5}, {"loss": 0.25}]
    assert seen[-1].outcome.metrics == {"loss": 0.25}


def _next(runner):
    for _ in range(100):
        if updates := runner.wait(0.5):
            return updates
    raise AssertionError("nothing came")


def test_waiting_for_nothing_takes_as_long_as_it_was_told(bench):
    assert bench.runner("true").wait(0.0) == []
    assert bench.runner("true").wait(0.05) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"reason": "exited", "code": 3}', Exit(reason="exited", code=3)),
        ('{"reason": "exited", "code": 3, "newer": 1}', Exit(reason="exited", code=3)),
        ("", None),
        ("[]", None),
        ("{}", None),
        ('{"reason": "exi', None),
    ],
)
def test_a_record_is_read_whole_or_not_at_all(text, expected):
    assert read_exit(text) == expected


@pytest.mark.parametrize(
    ("ended", "code", "name"),
    [
        (Exit(reason="exited", code=1), 1, ""),
        (Exit(reason="exited", signal=9), 137, "SIGKILL"),
        (Exit(reason="exited", code=137), 137, "SIGKILL"),
        (Exit(reason="exited", code=255), 255, ""),
        (Exit(reason="unstartable"), None, ""),
    ],
)
def test_an_exit_code_is_a_shells(ended, code, name):
    assert (ended.exit_code, ended.signal_name) == (code, name)
