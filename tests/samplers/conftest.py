"""A history that grows by what it is given."""

import pytest

from tuner.study import Finished, History, Opened, Record, Started, Suggested


class Growing:
    """Takes suggestions or bare points as trials, and results for them."""

    def __init__(self):
        self.history = History()
        config = {"metric": {"name": "loss", "goal": "minimize"}}
        self._write(Opened(study="s", config=config, config_hash="h"))

    def _write(self, fact):
        number = self.history.last + 1
        self.history.apply(Record(number=number, at="", elapsed_s=0.0, worker="w", fact=fact))

    def take(self, suggestions):
        for suggestion in suggestions:
            self.put(suggestion.point, suggestion.method)
        return suggestions

    def put(self, point, method="enqueued"):
        trial = len(self.history.trials) + 1
        self._write(Suggested(trial=trial, point=point, method=method))
        return trial

    def finish(self, trial, loss=None, state="completed"):
        self._write(Started(trial=trial, attempt=1))
        metrics = {} if loss is None else {"loss": loss}
        self._write(Finished(trial=trial, attempt=1, state=state, metrics=metrics))


@pytest.fixture
def growing():
    return Growing()
