"""Promise 33: of every older study each trial is used, or listed with the reason; never a crash.

Ten older studies whose parameters were renamed, are missing, more than ours, out of range or of other
kinds, and which measured something else: taken in by the command line and from Python.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tuner import Study
from tuner.errors import UsageError
from tuner.ledger import Book, LedgerSpec, Stamp, make_ledger, read_study
from tuner.study import Finished, Noted, Opened, Suggested

ROOT = Path(__file__).parents[2]
PARAMETERS = {
    "lr": {"type": "float", "min": 1e-4, "max": 0.1, "log": True},
    "width": {"type": "int", "min": 4, "max": 64},
    "opt": {"values": ["sgd", "adamw"]},
    "momentum": {"type": "float", "min": 0.5, "max": 0.99, "when": "opt == 'sgd'"},
}
METRIC = {"name": "loss", "goal": "minimize"}
TRIALS = 30


def usual(number):
    return {
        "lr": 10.0 ** -(1 + number % 4),
        "width": 4 + 2 * number,
        "opt": ("sgd", "adamw")[number % 2],
        **({"momentum": 0.9} if number % 2 == 0 else {}),
    }


def renamed(number):
    point = usual(number)
    return {"eta": point.pop("lr"), **point}


def wild(number):
    far = [0.0, -1.0, 5.0, 1e-9, 1e300, 0.01][number % 6]
    return {**usual(number), "lr": far, "width": (-3, 10**12, 7)[number % 3]}


def other_kinds(number):
    odd = ["fast", None, True, "0.01", 0.01][number % 5]
    return {**usual(number), "lr": odd, "opt": ("sgd", "lion", 3)[number % 3]}


def missing(number):
    return {"opt": usual(number)["opt"]} if number % 3 else {}


def strange(number):
    return {"depth": number, "': DROP": "\x1b[31m", "lr": 0.01} if number % 2 else {"depth": number}


def loss(number):
    return {"loss": abs(number - 12.0)}


# by name: points, metrics, what is said of the metric in its configuration, what a person adds
OLD = {
    "same": (usual, loss, METRIC, {}),
    "renamed": (renamed, loss, METRIC, {"rename": {"eta": "lr"}}),
    "missing": (missing, loss, METRIC, {}),
    "extra": (lambda n: {**usual(n), "dropout": 0.1, "note": None}, loss, METRIC, {}),
    "out of range": (wild, loss, METRIC, {}),
    "other kinds": (other_kinds, loss, METRIC, {}),
    "strange": (strange, loss, METRIC, {}),
    "another metric": (usual, lambda n: {"acc": n / 30}, {"name": "acc", "goal": "maximize"}, {}),
    "many metrics": (
        usual,
        lambda n: {"acc": n / 30, "f1": n / 40},
        {"name": "nll", "goal": "minimize"},
        {"metric": "acc", "goal": "maximize"},
    ),
    "few are kept": (usual, loss, METRIC, {"max_trials": 5}),
}


def ending(number, metrics):
    """Let every kind of ending come: failed, stopped, hostile numbers, a metric that is missing."""
    odd = {
        3: ("failed", {}),
        5: ("stopped", metrics),
        7: ("completed", dict.fromkeys(metrics, float("nan"))),
        9: ("completed", dict.fromkeys(metrics, float("inf"))),
        11: ("completed", {"other": 1.0}),
        13: ("stopped", {}),
        15: ("lost", {}),
    }
    return odd.get(number, ("completed", metrics))


@pytest.fixture
def old(tmp_path):
    """Write an older study: some of its trials never ended, one is excluded."""

    def write(name):
        point, metrics, metric, _ = OLD[name]
        config = {"name": name, "metric": metric, "parameters": PARAMETERS}
        folder = tmp_path / name.replace(" ", "-")
        book = Book(make_ledger(folder, LedgerSpec(), Stamp("h/b/1/2")))
        facts = [Opened(study=folder.name, config=config, config_hash="h")]
        for number in range(1, TRIALS + 1):
            facts.append(Suggested(trial=number, point=point(number), method="sobol"))
            if number not in (17, 18):
                state, measured = ending(number, metrics(number))
                facts.append(Finished(trial=number, attempt=1, state=state, metrics=measured))
        book.write(*facts, Noted(kind="mark", trial=20, text="exclude"))
        book.close()
        return folder

    return write


def listed(memory):
    """Count the trials that are named as left out; labels are numbers here."""
    count = 0
    for line in memory.left_out:
        whose, _, why = line.partition(": ")
        assert why
        if beyond := re.fullmatch(r"(\d+) trials?", whose):
            assert why.startswith("beyond max_trials")
            count += int(beyond[1])
            continue
        assert whose.startswith("trial")
        for part in whose.split(" ", 1)[1].split(", "):
            first, _, last = part.partition("-")
            count += int(last or first) - int(first) + 1
    return count


def check(memory):
    assert len(memory.points) == len(memory.gains)
    assert len(memory.points) + listed(memory) == TRIALS
    for parameter in PARAMETERS:
        assert memory.parameters[parameter]


@pytest.mark.parametrize("name", OLD)
def test_33_each_trial_is_used_or_listed_and_the_search_goes_on(old, name):
    folder = old(name)
    with Study.create(parameters=PARAMETERS, metric=METRIC, seed=1, path=None) as study:
        memory = study.warm_start(folder, **OLD[name][3])
        check(memory)

        for number in range(9):
            trial = study.ask()
            study.tell(trial, float(number % 4))

        assert [t.suggestion.reason for t in study.trials] == [None] * 9
        assert len({str(t.params) for t in study.trials}) == 9


def test_33_ten_at_once_by_the_command_line(old, tmp_path):
    studies = [{"ledger": str(old(name)), **asked} for name, (_, _, _, asked) in OLD.items()]
    config = {
        "name": "new",
        "dir": str(tmp_path / "new"),
        "metric": METRIC,
        "parameters": PARAMETERS,
        "runner": {"command": "echo loss={lr}"},
        "stop": {"trials": 4},
        "warm_start": {"studies": studies},
    }
    (tmp_path / "new.yaml").write_text(yaml.safe_dump(config))

    done = subprocess.run(
        [sys.executable, "-m", "tuner", "run", tmp_path / "new.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    history = read_study(tmp_path / "new").history
    assert len(history.memories) == len(OLD)
    for memory in history.memories.values():
        check(memory)
        assert f"learning from {memory.memory} " in done.stderr
    assert [t.suggestion.reason for t in history.trials.values()] == [None] * 4


def test_33_what_cannot_be_decided_is_asked_and_nothing_is_taken_in(old):
    with Study.create(parameters=PARAMETERS, metric=METRIC, path=None) as study:
        with pytest.raises(UsageError, match="it measured acc, f1"):
            study.warm_start(old("many metrics"))
        with pytest.raises(UsageError, match="no parameter 'rate' there"):
            study.warm_start(old("renamed"), rename={"rate": "lr"})

        study.ask()
        assert study.trials[0].suggestion.method == "sobol"
