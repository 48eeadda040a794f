"""What was asked for becomes a runner, or one clear refusal before anything starts."""

import sys

import pytest

from tuner.errors import UsageError
from tuner.runners.make import make_runner
from tuner.runners.spec import CommandSpec, CustomSpec, ManualSpec, PythonSpec
from tuner.study import Metric, Source

LOSS = Metric(name="loss")
MINE = """
class Mine:
    def __init__(self, size=1):
        self.size = size
    def prepare(self, job): ...
    def go(self, job): ...
    def discard(self, trial): ...
    def wait(self, timeout_s): return []
    def cancel(self, trial, *, force=False, as_stopped=False): ...
    def gone(self, start): ...
    def adopt(self, start): ...
    def close(self): ...

class Half:
    def prepare(self, job): ...
    def wait(self, timeout_s): return []
"""


@pytest.fixture
def lab(tmp_path, monkeypatch):
    (tmp_path / "mylab_runners.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "mylab_runners", raising=False)


@pytest.mark.usefixtures("lab")
def test_a_class_of_ones_own_is_made_with_its_options():
    spec = CustomSpec(target="mylab_runners:Mine", options={"size": 3})

    assert make_runner(spec, LOSS).size == 3


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    ("target", "options", "said"),
    [
        (
            "mylab_runners:Half",
            {},
            "is no Runner: it has no adopt, cancel, close, discard, go, gone",
        ),
        ("mylab_runners:None_", {}, "AttributeError"),
        ("mylab_nowhere:Mine", {}, "ModuleNotFoundError"),
        ("mylab_runners:Mine", {"colour": 1}, "unexpected keyword argument 'colour'"),
    ],
)
def test_what_is_no_runner_is_refused_with_the_reason(target, options, said):
    with pytest.raises(UsageError, match=said):
        make_runner(CustomSpec(target=target, options=options), LOSS)


def test_a_manual_runner_points_to_ask_and_tell():
    with pytest.raises(UsageError) as refused:
        make_runner(ManualSpec(), LOSS)

    assert "tuner ask" in refused.value.hint


@pytest.mark.parametrize(
    ("spec", "metric", "said"),
    [
        (CommandSpec(command="t", require_env=("NOT_SET_ANYWHERE",)), LOSS, "NOT_SET_ANYWHERE"),
        (CommandSpec(command="t", cwd="/no/such/folder"), LOSS, "no folder /no/such/folder"),
        (CommandSpec(command="t '"), LOSS, "runner.command: cannot be split"),
        (CommandSpec(command=("t",), shell=True), LOSS, "must be one text for a shell"),
        (
            CommandSpec(command="t"),
            Metric(name="loss", source=Source(kind="return")),
            "a command returns nothing",
        ),
        *(
            (
                PythonSpec(target="m:f"),
                Metric(name="loss", source=Source(kind=kind, where=where)),
                "outside of the trial's folder",
            )
            for kind, where in [("json", "/tmp/r.json"), ("csv", "../r.csv"), ("file", "a/../../r")]
        ),
    ],
)
def test_what_would_fail_every_trial_is_refused_at_once(spec, metric, said):
    with pytest.raises(UsageError, match=said):
        make_runner(spec, metric)
