"""Whose turn it is, who stands in for a model that failed, and when heavy libraries are loaded."""

import subprocess
import sys
import threading

import numpy as np
import pytest

from tuner.errors import FitError, SpaceExhaustedError, UsageError
from tuner.samplers.late import Late
from tuner.samplers.make import initial_points, make_sampler
from tuner.samplers.sequence import Ladder, Sequence
from tuner.samplers.spec import SearchSpec
from tuner.space import Float, Space
from tuner.study import Suggestion

RNG = np.random.default_rng(0)
LINE = Space((Float(name="x", min=0, max=1),))


class Says:
    """A sampler that signs its points, or fails."""

    def __init__(self, name, error=None, reason=None):
        self.name = name
        self.error = error
        self.reason = reason
        self.warmed = False

    def suggest(self, history, count, rng):
        if self.error:
            raise self.error
        return [Suggestion(point={"x": 0.5}, method=self.name, reason=self.reason)] * count

    def warm_up(self):
        self.warmed = True
        if self.error:
            raise self.error


def turn_of(history, initial=3):
    sequence = Sequence(
        Says("first"), Says("then"), initial=lambda _: initial, warm_up=lambda: None
    )
    [suggestion] = sequence.suggest(history, 1, RNG)
    return suggestion.method


def test_the_first_sampler_has_the_turn_until_there_are_enough_trials(growing):
    for x in (0.1, 0.2):
        growing.finish(growing.put({"x": x}), loss=1.0)
    assert turn_of(growing.history) == "first"

    growing.put({"x": 0.3})

    assert turn_of(growing.history) == "then"


def test_trials_of_any_origin_and_any_end_count_towards_the_initial_ones(growing):
    growing.finish(growing.put({"x": 0.1}, method="added"), loss=1.0)
    growing.finish(growing.put({"x": 0.2}, method="enqueued"), loss=2.0)
    growing.finish(growing.put({"x": 0.3}, method="sobol"), state="failed")

    assert turn_of(growing.history) == "then"


@pytest.mark.parametrize("losses", [[], [1.0], [1.0, float("nan")], [float("inf"), 1.0, None]])
def test_the_model_waits_for_two_finite_results_however_many_trials_there_are(growing, losses):
    for i in range(9):
        trial = growing.put({"x": i / 10})
        if i < len(losses):
            growing.finish(trial, loss=losses[i])
    assert turn_of(growing.history) == "first"

    growing.finish(growing.put({"x": 0.95}), loss=3.0)
    growing.finish(growing.put({"x": 0.96}), loss=4.0)

    assert turn_of(growing.history) == "then"


def test_a_model_that_fails_is_stood_in_for_and_the_reason_is_kept(growing):
    ladder = Ladder(
        [
            ("the model", Says("bayes", FitError("no matrix could be factored"))),
            ("the other", Says("other", ZeroDivisionError("x\ny"))),
            ("a third", Says("third", UsageError("no GPU here", hint="use device: auto"))),
            ("sobol", Says("sobol", reason="its own")),
        ]
    )

    found = ladder.suggest(growing.history, 2, RNG)

    reasons = [
        "the model failed: no matrix could be factored",
        "the other failed: ZeroDivisionError: x y",
        "a third failed: no GPU here (use device: auto)",
        "its own",
    ]
    assert [(s.method, s.reason) for s in found] == [("sobol", "; ".join(reasons))] * 2


def test_a_model_that_works_needs_no_reason(growing):
    ladder = Ladder([("the model", Says("bayes")), ("sobol", Says("sobol"))])

    [found] = ladder.suggest(growing.history, 1, RNG)

    assert (found.method, found.reason) == ("bayes", None)


def test_that_the_space_is_exhausted_passes_through(growing):
    ladder = Ladder([("model", Says("bayes", SpaceExhaustedError("done"))), ("sobol", Says("s"))])

    with pytest.raises(SpaceExhaustedError):
        ladder.suggest(growing.history, 1, RNG)


def test_the_last_rung_has_nobody_below_it(growing):
    ladder = Ladder([("the model", Says("a", FitError("x"))), ("sobol", Says("b", KeyError("y")))])

    with pytest.raises(KeyError):
        ladder.suggest(growing.history, 1, RNG)


def test_a_late_sampler_is_built_once_also_from_several_threads(growing):
    built = []
    late = Late(lambda: built.append(1) or Says("late"))
    assert not built

    asks = [threading.Thread(target=late.suggest, args=(growing.history, 1, RNG)) for _ in range(4)]
    asks.append(threading.Thread(target=late.warm_up))
    for ask in asks:
        ask.start()
    for ask in asks:
        ask.join()

    assert built == [1]


def test_warming_up_builds_and_warms_and_keeps_its_failures_for_the_first_request(growing):
    fine, broken = Says("fine"), Says("broken", RuntimeError("no library"))

    Late(lambda: fine).warm_up()
    late = Late(lambda: broken)
    late.warm_up()

    assert fine.warmed
    with pytest.raises(RuntimeError, match="no library"):
        late.suggest(growing.history, 1, RNG)


@pytest.mark.parametrize(
    ("parameters", "initial", "points"),
    [
        (1, "auto", 5),
        (10, "auto", 5),
        (14, "auto", 5),
        (15, "auto", 6),
        (99, "auto", 8),
        (3, 1, 2),
        (3, 12, 12),
    ],
)
def test_initial_points_grow_slowly_with_the_parameters(parameters, initial, points):
    space = Space(tuple(Float(name=f"x{i}", min=0, max=1) for i in range(parameters)))

    assert initial_points(SearchSpec(initial=initial), space) == points


@pytest.mark.parametrize("method", ["bayes", "sobol", "random", "grid"])
def test_the_first_suggestion_loads_neither_torch_nor_scipy_nor_pandas(method):
    script = f"""
import sys
import numpy as np
from tuner.samplers.make import make_sampler
from tuner.samplers.spec import SearchSpec
from tuner.space import Float, Space
from tuner.study import History
space = Space((Float(name="x", min=0, max=1),))
sampler = make_sampler(SearchSpec(method={method!r}), space, seed=0, devices_taken=False)
assert len(sampler.suggest(History(), 2, np.random.default_rng(0))) == 2
print(sorted({{"torch", "scipy", "pandas", "botorch"}} & set(sys.modules)))
"""

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_a_model_that_breaks_costs_a_suggestion_and_not_the_study(growing, monkeypatch):
    sampler = make_sampler(SearchSpec(initial=2), LINE, seed=0, devices_taken=True)
    for loss in (1.0, 2.0):
        [trial] = sampler.suggest(growing.history, 1, RNG)
        growing.finish(growing.put(trial.point, trial.method), loss=loss)
    monkeypatch.setitem(sys.modules, "tuner.samplers.bayesian", None)

    [found] = sampler.suggest(growing.history, 1, RNG)

    assert found.method == "sobol"
    assert found.reason.startswith("the model failed: ModuleNotFoundError")
