import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tuner.cli.app import app
from tuner.ledger import Book, LedgerSpec, Mirror, Stamp, make_ledger
from tuner.study import Finished, Opened, Reported, Started, Suggested

ROOT = Path(__file__).resolve().parents[2]
GONE = "box/00000000-0000-0000-0000-000000000000/4711/88"  # a process that is no more
CONFIG = {
    "name": "digits",
    "metric": {"name": "val_acc", "goal": "maximize", "source": {"kind": "stdout"}},
    "parameters": {
        "lr": {"type": "float", "min": 1e-5, "max": 0.1, "log": True},
        "optimizer": {"values": ["sgd", "adamw"]},
        "momentum": {"type": "float", "min": 0.5, "max": 0.99, "when": "optimizer == 'sgd'"},
        "epochs": {"value": 30},
    },
    "runner": {"type": "command", "command": "python train.py {args}"},
    "stop": {"trials": 8},
}


def point(number):
    values = {"lr": 10.0 ** -(1 + number % 4), "optimizer": ["sgd", "adamw"][number % 2]}
    return values | ({"momentum": 0.9} if number % 2 == 0 else {}) | {"epochs": 30}


def digits():
    """Six trials: 1, 2, 3 and 5 completed, 4 failed at its second attempt, 6 still runs."""
    yield Opened(study="digits", config=CONFIG, config_hash="c0", host="box")
    for number in range(1, 7):
        mean, sd = (0.9, 0.02) if number > 3 else (None, None)
        yield Suggested(
            trial=number, point=point(number), method="sobol", seed=number, mean=mean, sd=sd
        )
        for attempt in (1, 2) if number == 4 else (1,):
            yield Started(
                trial=number,
                attempt=attempt,
                host="box",
                pid=99,
                argv=("python", "train.py", f"--lr={point(number)['lr']}", "--note=it's"),
            )
            yield Reported(trial=number, attempt=attempt, step=1, metrics={"val_acc": 0.5})
            if number == 4:
                yield Finished(
                    trial=4,
                    attempt=attempt,
                    state="failed",
                    failure="oom",
                    exit_code=1,
                    wall_s=3.0,
                    message="CUDA out of memory",
                    again=attempt == 1,
                )
        if number not in (4, 6):
            yield Finished(
                trial=number,
                attempt=1,
                state="completed",
                metrics={"val_acc": 0.8 + number / 100, "latency_ms": 12.5},
                exit_code=0,
                wall_s=60.0 + number,
            )


@pytest.fixture
def facts():
    return list(digits())


@pytest.fixture
def write_study():
    """Write facts as a study, with the folders and logs that its trials leave."""

    def write(folder, facts, *, worker=GONE, form="jsonl"):
        folder = Path(folder)
        ledger = make_ledger(folder, LedgerSpec(format=form), Stamp(worker))
        book = Book(ledger, [Mirror(folder)] if form == "jsonl" else [])
        for fact in facts:
            book.write(fact)
            if isinstance(fact, Started):
                attempt = folder / "trials" / str(fact.trial) / f"attempt-{fact.attempt}"
                attempt.mkdir(parents=True)
                (attempt / "stdout.log").write_text(f"out {fact.trial} {fact.attempt}\n")
                (attempt / "stderr.log").write_text(f"err {fact.trial} {fact.attempt}\n")
                (attempt / "params.json").write_text(json.dumps(point(fact.trial)))
                checkpoint = attempt.parent / "checkpoint"
                checkpoint.mkdir(exist_ok=True)
                (checkpoint / "model.bin").write_bytes(b"x" * 1000)
        book.close()
        return folder

    return write


@pytest.fixture
def study(tmp_path, monkeypatch, write_study, facts):
    """A study in runs/digits below the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    return write_study(Path("runs/digits"), facts)


@pytest.fixture
def tuner():
    """Run a verb in this process; give its exit code, what it said, and what it complained of."""

    def run(*words, code=0, typed=None):
        done = CliRunner().invoke(app, [str(word) for word in words], input=typed)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, f"exit {done.exit_code}\n{done.stdout}\n{done.stderr}"
        return done

    return run


@pytest.fixture
def shell(environ):
    """Run the real command in a process of its own."""

    def run(*words, **options):
        options = {"capture_output": True, "text": True, **options}
        command = [sys.executable, "-m", "tuner", *map(str, words)]
        return subprocess.run(command, timeout=120, check=False, **options)

    return run


@pytest.fixture
def shell_start(environ):
    """Start the real command and leave it running; it is gone when the test is over."""
    started = []

    def start(*words):
        command = [sys.executable, "-m", "tuner", *map(str, words)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def environ(monkeypatch):
    """Let a process that a test starts in another folder import this package."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
