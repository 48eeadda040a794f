"""Studies that are written down in memory: a space, a formula, and where it is asked."""

import math

import pytest

from tuner.numerics.sobol import SobolSequence
from tuner.space.encoding import Encoding
from tuner.study import Finished, History, Opened, Record, Started, Suggested


class Studies:
    """Makes histories of trials at Sobol points, or at given ones."""

    def start(self, *, goal="minimize", **config):
        history = History()
        metric = {"name": "loss", "goal": goal}
        self.write(history, Opened(study="s", config={"metric": metric, **config}, config_hash="h"))
        return history

    def write(self, history, fact, at="", worker="w"):
        number = history.last + 1
        history.apply(Record(number=number, at=at, elapsed_s=0.0, worker=worker, fact=fact))

    def trial(self, history, point, value, *, at=("", ""), worker="w", **suggested):
        """Add a trial: a number for what it measured, a word for how it failed, None for no end."""
        number = history.next_id
        seen = {"seen": history.ended, "method": "sobol"} | suggested
        self.write(history, Suggested(trial=number, point=point, **seen))
        self.write(history, Started(trial=number, attempt=1), at[0], worker)
        if isinstance(value, str):
            end = {"state": "failed", "failure": value}
        elif value is not None:
            end = {"state": "completed", "metrics": {"loss": value}}
        if value is not None:
            self.write(history, Finished(trial=number, attempt=1, **end), at[1], worker)
        return number

    def sobol(self, space, formula, trials, *, seed=0, **config):
        history, encoding = self.start(**config), Encoding(space)
        for point in encoding.from_unit(SobolSequence(encoding.width, seed).points(0, trials)):
            self.trial(history, space.complete(point), formula(point))
        return history


@pytest.fixture
def studies():
    return Studies()


def bowl(point):
    """Best at a rate of 1e-3; `dull` does nothing, and sgd costs one more."""
    rate = (math.log10(point["rate"]) + 3) ** 2
    return rate + (point.get("kind") == "sgd") + 0.1 * point.get("layers", 0)
