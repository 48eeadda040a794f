"""No point twice, every `require` kept, and the last points of a small space are found too."""

import numpy as np
import pytest

from tuner.errors import SpaceExhaustedError, UsageError
from tuner.samplers import distinct
from tuner.samplers.distinct import Distinct
from tuner.samplers.sobol import SobolSampler
from tuner.samplers.uniform import UniformSampler
from tuner.space import Choice, Fixed, Float, Int, Space
from tuner.study import Suggestion

HUNDRED = Space((Choice(name="c", values=tuple(range(100))),))
LINE = Space((Float(name="x", min=0, max=1),))


def rng(seed=0):
    return np.random.default_rng(seed)


class Scripted:
    """Gives the same points whatever it is asked, or raises."""

    def __init__(self, points=(), error=None):
        self.points = points
        self.error = error
        self.asked = []

    def suggest(self, history, count, rng):
        self.asked.append(count)
        if self.error:
            raise self.error
        return [Suggestion(point=p, method="bayes", mean=1.0) for p in self.points][:count]


@pytest.mark.parametrize("inner", [UniformSampler(HUNDRED), SobolSampler(HUNDRED, 0)])
@pytest.mark.parametrize("count", [7, 100])
def test_every_value_of_a_finite_space_comes_once(growing, inner, count):
    sampler = Distinct(HUNDRED, inner)

    for turn in range(-(-100 // count)):
        growing.take(sampler.suggest(growing.history, count, rng(turn)))

    with pytest.raises(SpaceExhaustedError, match="every point of the space has been tried"):
        sampler.suggest(growing.history, count, rng())
    assert sorted(p["c"] for p in growing.history.points()) == list(range(100))


def test_what_chance_did_not_find_is_taken_from_the_rest_and_it_says_so(growing, monkeypatch):
    monkeypatch.setattr(distinct, "MOST_DRAWS_OF_FEW", 20)
    space = Space((Int(name="n", min=1, max=2_000),))
    for value in range(1, 2_001):
        if value != 777:
            growing.put({"n": value})

    [last] = Distinct(space, UniformSampler(space)).suggest(growing.history, 1, rng())

    assert last.point == {"n": 777}
    assert last.reason == "few points are left: taken from what has not been tried"


def test_the_few_points_that_keep_a_tight_require_are_all_found(growing):
    space = Space(
        (Int(name="a", min=1, max=128), Int(name="b", min=1, max=128)), ("a * b == 8192",)
    )
    sampler = Distinct(space, SobolSampler(space, 0))

    found = growing.take(sampler.suggest(growing.history, 5, rng()))

    assert sorted(s.point["a"] for s in found) == [64, 128]
    with pytest.raises(SpaceExhaustedError):
        sampler.suggest(growing.history, 1, rng())


def test_a_require_that_next_to_nothing_of_a_continuum_keeps_is_said_and_not_sought_for_ever(
    growing,
):
    space = Space(LINE.parameters, ("x * x == 0.123456789",))

    with pytest.raises(UsageError, match="no new point that keeps `require` was found") as caught:
        Distinct(space, UniformSampler(space)).suggest(growing.history, 1, rng())

    assert "loosen" in caught.value.hint


def test_a_repetition_in_one_answer_is_left_out_and_the_spare_fills_in_with_the_reason(growing):
    growing.put({"x": 0.5})
    model = Scripted([{"x": 0.5}, {"x": 0.25}, {"x": 0.25}])

    found = Distinct(LINE, model, spare=SobolSampler(LINE, 0)).suggest(growing.history, 3, rng())

    assert [s.method for s in found] == ["bayes", "sobol", "sobol"]
    assert found[0].point == {"x": 0.25}
    assert found[0].reason is None
    assert {s.reason for s in found[1:]} == {
        "the model proposed nothing else that is new and keeps `require`"
    }
    assert model.asked == [3]


def test_a_sampler_that_calls_a_space_exhausted_is_not_believed(growing):
    model = Scripted(error=SpaceExhaustedError("really"))
    space = Space((Choice(name="c", values=("a", "b")),))

    found = Distinct(space, model, spare=SobolSampler(space, 0)).suggest(growing.history, 5, rng())

    assert {s.point["c"] for s in found} == {"a", "b"}


def test_a_point_that_breaks_a_require_never_comes_through(growing):
    space = Space(LINE.parameters, ("x > 0.9",))
    model = Scripted([{"x": 0.1}, {"x": 0.95}])

    found = Distinct(space, model, spare=UniformSampler(space)).suggest(growing.history, 2, rng())

    assert found[0].point == {"x": 0.95}
    assert found[1].point["x"] > 0.9


def test_a_trial_with_fixed_values_beside_its_point_counts_as_that_point(growing):
    space = Space((Choice(name="c", values=(1, 2)), Fixed(name="f", value=3)))
    growing.put(space.complete({"c": 1}))

    found = Distinct(space, UniformSampler(space)).suggest(growing.history, 2, rng())

    assert [s.point for s in found] == [{"c": 2}]


def test_a_space_that_searches_nothing_has_one_point(growing):
    space = Space((Fixed(name="f", value=3),))
    sampler = Distinct(space, SobolSampler(space, 0))

    assert [s.point for s in growing.take(sampler.suggest(growing.history, 3, rng()))] == [{}]
    with pytest.raises(SpaceExhaustedError):
        sampler.suggest(growing.history, 1, rng())


def test_suggestions_say_how_long_they_took(growing):
    found = Distinct(LINE, UniformSampler(LINE)).suggest(growing.history, 4, rng())

    assert all(s.seconds > 0 for s in found)
    assert len({s.seconds for s in found}) == 1


def test_random_points_follow_the_generator_they_are_given(growing):
    sampler = Distinct(LINE, UniformSampler(LINE))

    first, again, other = (
        [s.point for s in sampler.suggest(growing.history, 3, rng(seed))] for seed in (1, 1, 2)
    )

    assert first == again != other
