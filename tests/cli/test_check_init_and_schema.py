"""The verbs around the configuration; where a job is started, and once for each verb, as a real command."""

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from typer.testing import CliRunner

from tuner.cli.app import app
from tuner.cli.init import read_options
from tuner.cli.questions import StoppedError, ask_for_draft
from tuner.loop import trial_seed
from tuner.runners.shell import ShellRunner

ROOT = Path(__file__).parents[2]
VALID = """\
name: tiny
metric: {name: loss, goal: minimize}
parameters:
  lr: {type: float, min: 0, max: 1, default: 0.25}
  n: {type: int, min: 1, max: 4}
runner:
  command: [PYTHON, -c, 'import sys; print("loss=" + sys.argv[1])', '{lr}', '{n}']
stop: {trials: 5, wall: 2h}
"""


@pytest.fixture
def tuner(tmp_path, monkeypatch):
    """Run a verb in this process, below an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def typed(*words):
        done = CliRunner().invoke(app, [str(word) for word in words])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return SimpleNamespace(returncode=done.exit_code, stdout=done.stdout, stderr=done.stderr)

    return typed


@pytest.fixture
def shell(tmp_path):
    """Run the real command there, in a process of its own."""

    def typed(*words):
        return subprocess.run(
            [sys.executable, "-m", "tuner", *map(str, words)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return typed


@pytest.fixture
def config(tmp_path):
    def write(text=VALID):
        file = tmp_path / "tiny.yaml"
        file.write_text(text.replace("PYTHON", json.dumps(sys.executable)))
        return file.name

    return write


def test_check_shows_what_was_understood_and_writes_nothing(shell, config, tmp_path):
    done = shell("check", config(), "--set", "stop.trials=7")

    assert done.returncode == 0, done.stderr
    for said in (
        "tiny is valid",
        "loss, minimize",
        "trials 7",
        "wall 2h",
        "lr  type float",
        "n   3",
    ):
        assert said in done.stdout
    assert "0.25 3" in done.stdout.split("\ncommand\n")[1]
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.yaml"]


def test_the_example_has_the_folder_of_the_study_and_the_seed_of_its_first_trial(
    tuner, config, tmp_path
):
    text = VALID.replace("'{n}'", "'{n}', '{trial.dir}', '{trial.seed}'")
    done = tuner("check", config(text), "--set", "dir=jobs/a", "--format", "json")

    folder = tmp_path / "jobs/a/trials/1/attempt-1"
    argv = json.loads(done.stdout)["example"]["argv"]
    assert argv[-2:] == [str(folder), str(trial_seed(0, 1))]


def test_check_as_json_is_one_document(tuner, config):
    done = tuner("check", config(), "--format", "json")

    said = json.loads(done.stdout)
    assert (said["valid"], said["name"], said["points"]) == (True, "tiny", None)
    assert said["example"]["point"] == {"lr": 0.25, "n": 3}
    assert said["example"]["argv"][-2:] == ["0.25", "3"]
    assert said["config"]["stop"] == {"trials": 5, "wall_s": 7200.0}


def test_check_says_notices_apart_from_its_output(tuner, config):
    done = tuner("check", config(VALID.replace(", '{n}'", "")))

    assert done.returncode == 0
    assert "notice: tiny.yaml:" in done.stderr
    assert "notice" not in done.stdout


@pytest.mark.parametrize("verb", [["check"], ["check", "--smoke"], ["run"]])
def test_a_script_that_is_not_there_is_named_and_nothing_is_written(shell, config, tmp_path, verb):
    name = config(VALID.replace("-c, 'import sys; print(\"loss=\" + sys.argv[1])'", "train.py"))

    done = shell(*verb, name)

    assert done.returncode == 2
    assert f"runner.command: there is no file {tmp_path / 'train.py'}" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.yaml"]


def test_a_smoke_test_runs_one_trial_and_shows_what_was_read(shell, config, tmp_path):
    done = shell("check", config(), "--smoke")

    assert done.returncode == 0, done.stderr
    after = done.stdout.split("one trial")[1]
    assert "completed" in after
    assert "0.25" in after
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.yaml"]


def test_a_smoke_test_that_fails_shows_the_log_and_exits_with_3(shell, config):
    done = shell(
        "check", config(VALID.replace('print("loss="', 'sys.exit("no data there"')), "--smoke"
    )

    assert done.returncode == 3
    assert "failed: crash" in done.stdout
    assert "no data there" in done.stdout.split("it wrote:")[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_smoke_test_that_hangs_is_announced_and_ends_by_a_signal(config, tmp_path, number):
    """Nothing that the trial started is left, and no folder either."""
    hang = (
        (
            "import os, subprocess, sys; p = subprocess.Popen(['sleep', '600'], start_new_session=True);"
            " open('pids', 'w').write(f'{os.getpid()} {p.pid}\\n'); p.wait()"
        )
        .replace("{", "{{")
        .replace("}", "}}")
    )
    text = VALID.replace("'import sys; print(\"loss=\" + sys.argv[1])'", json.dumps(hang))
    places = tmp_path / "tmp"
    places.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "tuner", "check", config(text), "--smoke"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(places)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = process.stderr.readline()
        until = time.monotonic() + 60
        while not (tmp_path / "pids").is_file() or not (tmp_path / "pids").read_text():
            assert time.monotonic() < until
            time.sleep(0.05)
        assert list(places.glob("tuner-smoke-*"))
        process.send_signal(number)
        shown, more = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()

    assert said == "tiny is valid; running one trial, Ctrl-C ends it …\n"
    assert process.returncode == 128 + number
    assert "interrupted after " in more
    assert "interrupted" in shown.split("one trial")[1]
    assert list(places.glob("tuner-smoke-*")) == []
    alive = [pid for pid in map(int, (tmp_path / "pids").read_text().split()) if running(pid)]
    assert alive == []


def running(pid):
    """Say whether a process is there; a zombie that nobody has waited for is not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_smoke_test_that_cannot_start_leaves_no_folder(tuner, config, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(ShellRunner, "go", lambda *_: (_ for _ in ()).throw(OSError("no more")))

    with pytest.raises(OSError, match="no more"):
        tuner("check", config(), "--smoke")

    assert list((tmp_path / "tmp").glob("tuner-smoke-*")) == []


BRANCHES = """\
  lr: {type: float, min: 0, max: 1, default: 0.25}
  model: {values: [svm, tree, net], default: tree}
  n: {type: int, min: 1, max: 4, default: 2, when: model == 'tree'}
  c: {type: float, min: 0, max: 1, when: model == 'svm'}
"""


def test_a_smoke_test_says_which_branch_it_tried_and_which_not(tuner, config):
    head, rest = VALID.split("  lr:")
    name = config(head + BRANCHES + "runner:" + rest.split("runner:")[1])

    told = tuner("check", name, "--smoke").stdout.split("one trial")[1]
    smoke = json.loads(tuner("check", name, "--smoke", "--format", "json").stdout)["smoke"]

    assert "branch     model=tree" in told
    assert "not tried  model=svm, model=net" in told
    assert smoke["branches"] == {"model": "tree"}
    assert smoke["untried"] == {"model": ["svm", "net"]}


def test_a_smoke_test_without_branches_does_not_speak_of_them(tuner, config):
    told = tuner("check", config(), "--smoke").stdout.split("one trial")[1]

    assert "branch" not in told
    assert "not tried" not in told


def test_a_smoke_test_as_json_tells_the_outcome(shell, config):
    done = shell("check", config(), "--smoke", "--format", "json")

    smoke = json.loads(done.stdout)["smoke"]
    assert (smoke["state"], smoke["metrics"]) == ("completed", {"loss": 0.25})


def test_init_writes_what_check_accepts_and_never_over_a_file(tuner, tmp_path):
    script = tmp_path / "train.py"
    script.write_text(
        'import sys; sys.exit("must not run")\np.add_argument("--lr", type=float, default=0.1)\n'
    )

    first = tuner("init", "train.py", "-o", "mine.yaml")
    again = tuner("init", "train.py", "-o", "mine.yaml")
    forced = tuner("init", "-o", "mine.yaml", "--force")

    assert (first.returncode, again.returncode, forced.returncode) == (0, 2, 0)
    assert "--force writes over it" in again.stderr
    assert tuner("check", "mine.yaml").returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"train.py", "mine.yaml"}


def test_init_prints_when_asked_to(tuner, tmp_path):
    done = tuner("init", "-o", "-")

    assert done.returncode == 0
    assert done.stdout.startswith("# Written by `tuner init`")
    assert "tuner check config.yaml" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "there is no script x.py"), ("def f(:", "x.py:1: is not Python")],
)
def test_init_refuses_what_is_no_script(tuner, tmp_path, text, said):
    if text is not None:
        (tmp_path / "x.py").write_text(text)

    done = tuner("init", "x.py")

    assert done.returncode == 2
    assert said in done.stderr


SWEEP = """\
program: train.py
method: bayes
project: toy
metric: {name: loss, goal: minimize}
run_cap: 5
early_terminate: {type: hyperband}
parameters: {lr: {distribution: log_uniform, min: -7, max: 0}}
"""


@pytest.mark.parametrize("words", [("convert",), ("init",)])
def test_another_tools_file_is_converted_and_what_changed_is_said(tuner, shell, tmp_path, words):
    verb, *rest = words
    (tmp_path / "sweep.yaml").write_text(SWEEP)
    (tmp_path / "train.py").write_text("")

    done = shell(verb, "sweep.yaml", *rest)
    again = tuner(verb, "sweep.yaml", *rest)

    assert (done.returncode, again.returncode) == (0, 2)
    assert "changed: early_terminate: hyperband is left out" in done.stderr
    assert "left out: project: it was toy" in done.stderr
    assert "changed: lr: log_uniform takes exponents of e" in done.stderr
    assert done.stdout == ""
    text = (tmp_path / "config.yaml").read_text()
    assert text.startswith(f"# Written by `tuner {verb}` from sweep.yaml (W&B).")
    assert "min: 0.000911882, max: 1.0, log: true" in text
    assert tuner("check", "config.yaml").returncode == 0


def test_a_converted_file_is_printed_when_asked_to(tuner, tmp_path):
    (tmp_path / "sweep.yaml").write_text(SWEEP)

    done = tuner("convert", "sweep.yaml", "-o", "-")

    assert done.stdout.startswith("# Written by `tuner convert`")
    assert [path.name for path in tmp_path.iterdir()] == ["sweep.yaml"]


@pytest.mark.parametrize("verb", ["convert", "init"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1", "error: x.yaml holds no search of a tool that is known"),
        ("a: !!python/name:os.system", "x.yaml:1:4: a: tags such as"),
    ],
)
def test_a_file_of_no_tool_is_one_line(tuner, tmp_path, verb, text, said):
    (tmp_path / "x.yaml").write_text(text)

    done = tuner(verb, "x.yaml")

    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert len(list(tmp_path.iterdir())) == 1


def test_schema_is_printed_or_written(tuner, shell, tmp_path):
    printed = shell("schema")
    written = tuner("schema", "-o", "tuner.json")

    assert (printed.returncode, written.returncode) == (0, 0)
    assert json.loads(printed.stdout) == json.loads((tmp_path / "tuner.json").read_text())


def test_an_answer_that_is_no_text_is_asked_for_again(monkeypatch, capsys):
    typed = io.TextIOWrapper(io.BytesIO(b"tr\xff.py\n"), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", typed)

    with pytest.raises(StoppedError):
        ask_for_draft(read_options)

    assert "that is no text" in capsys.readouterr().err
