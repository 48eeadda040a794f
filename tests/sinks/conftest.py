"""A study on disk that grows fact by fact, and sinks that do as they are told."""

from pathlib import Path

import pytest

from tuner.ledger import Book, LedgerSpec, Stamp, make_ledger
from tuner.study import Finished, Opened, Reported, Started, Suggested

ROOT = Path(__file__).parents[2]
CONFIG = {
    "version": 1,
    "name": "digits",
    "seed": 0,
    "dir": "runs/digits",
    "metric": {"name": "loss", "goal": "minimize", "source": {"kind": "stdout"}, "reduce": "last"},
    "parameters": {"lr": {"type": "float", "min": 1e-5, "max": 0.1}},
    "runner": {"type": "manual"},
}


class Study:
    """A ledger that a test writes."""

    def __init__(self, folder, **sections):
        self.folder = Path(folder)
        ledger = make_ledger(self.folder, LedgerSpec(), Stamp("gone/b/999999/1"))
        self.book = Book(ledger)
        config = {**CONFIG, **sections, "dir": str(self.folder)}
        self.book.write(Opened(study="digits", config=config, config_hash="c"))

    def begin(self, trial):
        point = {"lr": 0.01 * trial, "amp": trial % 2 == 0, "opt": None if trial == 2 else "sgd"}
        if trial not in self.book.history.trials:
            self.book.write(Suggested(trial=trial, point=point, method="sobol"))
        attempt = self.book.history.trials[trial].attempt + 1
        self.book.write(Started(trial=trial, attempt=attempt))

    def end(self, trial, loss=None, **said):
        attempt = self.book.history.trials[trial].attempt
        metrics = {"loss": 0.1 * trial if loss is None else loss}
        told = {"state": "completed", "metrics": metrics, **said}
        self.book.write(Finished(trial=trial, attempt=attempt, **told))

    def run(self, *trials, **said):
        for trial in trials:
            self.begin(trial)
            attempt = self.book.history.trials[trial].attempt
            for step in (1, 2):
                told = {"trial": trial, "attempt": attempt, "step": step}
                self.book.write(Reported(**told, metrics={"loss": 1 / step}))
            self.end(trial, **said)

    @property
    def trials(self):
        return self.book.history.trials


class Fake:
    """Keeps what it is given; `refuses` says which trials it raises at."""

    def __init__(self):
        self.shown, self.log, self.refuses, self.closed = {}, [], set(), False

    def write(self, trial, about):
        self.log.append(("write", trial.id))
        if trial.id in self.refuses:
            raise ConnectionError(f"no way to trial {trial.id}")
        assert trial.id not in self.shown
        self.shown[trial.id] = dict(trial.metrics)

    def take_back(self, trial, about):
        self.log.append(("take_back", trial))
        self.shown.pop(trial, None)

    def close(self):
        self.closed = True


@pytest.fixture
def study(tmp_path):
    made = Study(tmp_path / "study")
    yield made
    made.book.close()


@pytest.fixture
def fake():
    return Fake()
