"""Beliefs about the best point: a density, where it begins, and how it fades."""

from dataclasses import dataclass

import numpy as np
import pytest

from tuner.samplers.believed import believed_point
from tuner.samplers.make import make_sampler
from tuner.samplers.prior import DOUBT, MASSES, Prior
from tuner.samplers.spec import SearchSpec
from tuner.space import Bool, Choice, Encoding, Float, Int, Space
from tuner.study import Finished, History, Opened, Record, Remembered, Suggested

SPACE = Space(
    (
        Float(name="lr", min=1e-5, max=1e-1, log=True),
        Int(name="layers", min=1, max=6),
        Choice(name="optimizer", values=("sgd", "adam", "lion")),
        Float(name="momentum", min=0.0, max=1.0, when="optimizer == 'sgd'"),
        Float(name="decay", min=1e-6, max=1e-2, log=True, or_zero=True),
    )
)
BOWL = Space((Float(name="x", min=0.0, max=1.0), Float(name="y", min=0.0, max=1.0)))


@dataclass(frozen=True)
class Believed:
    at: object
    confidence: str = "medium"


class Study:
    """A history in memory."""

    def __init__(self, space):
        self.space, self.history = space, History()
        self.tell(
            Opened(study="s", config={"metric": {"name": "m", "goal": "minimize"}}, config_hash="")
        )

    def tell(self, fact):
        number = self.history.last + 1
        self.history.apply(Record(number, "2024-01-01T00:00:00Z", float(number), "worker", fact))

    def search(self, sampler, function, trials):
        found = []
        for number in range(1, trials + 1):
            rng = np.random.default_rng([0, number])
            (suggestion,) = sampler.suggest(self.history, 1, rng)
            value = function(suggestion.point)
            self.tell(Suggested(trial=number, point=suggestion.point, method=suggestion.method))
            self.tell(Finished(trial=number, attempt=1, state="completed", metrics={"m": value}))
            found.append((suggestion.point, value))
        return found


def density_of(beliefs, space=SPACE, history=None):
    return Prior(space, beliefs).of(history or History())


def rows(*points, space=SPACE):
    return Encoding(space).encode([{**space.middles(), **point} for point in points])


def test_nothing_believed_is_no_density():
    assert density_of({}) is None


@pytest.mark.parametrize("confidence", ["low", "medium", "high"])
@pytest.mark.parametrize("at", [1e-5, 3e-4, 1e-1])
def test_a_number_is_believed_around_its_place_on_its_scale(confidence, at):
    density = density_of({"lr": Believed(at, confidence)})
    X = np.repeat(rows({}), 2001, axis=0)
    X[:, 0] = np.linspace(0, 1, 2001)

    log, _ = density.log(X)

    assert np.exp(log).mean() == pytest.approx(1.0, abs=2e-3)  # within the range
    assert X[log.argmax(), 0] == pytest.approx(rows({"lr": at})[0, 0], abs=1e-3)


def test_more_confidence_is_a_narrower_belief():
    X = rows({"lr": 1e-3}, {"lr": 1e-1})

    falls = [
        np.subtract(*density_of({"lr": Believed(1e-3, sure)}).log(X)[0])
        for sure in ("low", "medium", "high")
    ]

    assert 0 < falls[0] < falls[1] < falls[2]


def test_no_belief_is_surer_than_its_doubt():
    density = density_of({"lr": Believed(1e-5, "high"), "layers": Believed(1, "high")})

    log, _ = density.log(rows({"lr": 1e-1, "layers": 6}))

    assert log[0] == pytest.approx(2 * np.log(DOUBT), abs=0.01)


def test_a_category_has_a_mass():
    density = density_of({"optimizer": Believed("adam", "high")})

    log, _ = density.log(rows({"optimizer": "sgd"}, {"optimizer": "adam"}, {"optimizer": "lion"}))

    shares = np.exp(log) / 3
    assert shares.sum() == pytest.approx(1.0)
    mass = (1 - DOUBT) * MASSES["high"]
    assert shares[1] == pytest.approx(mass + (1 - mass) / 3)


def test_what_is_dead_says_nothing():
    density = density_of({"momentum": Believed(0.9, "high")})

    log, slopes = density.log(rows({"optimizer": "adam"}, {"optimizer": "sgd", "momentum": 0.8}))

    assert log[0] == 0
    assert (slopes[0] == 0).all()
    assert log[1] > 0.5


@pytest.mark.parametrize(("at", "better"), [(0.0, 0.0), (1e-4, 1e-4)])
def test_a_number_that_may_be_zero_is_believed_to_be_or_not(at, better):
    density = density_of({"decay": Believed(at, "high")})

    log, _ = density.log(rows({"decay": 0.0}, {"decay": 1e-4}))

    assert (0.0, 1e-4)[log.argmax()] == better


def test_slopes_are_those_of_the_density():
    history = History()
    points = ({"lr": 1e-4, "layers": 2, "optimizer": "sgd", "momentum": 0.3, "decay": 1e-5},)
    points += ({"lr": 1e-2, "layers": 5, "optimizer": "adam", "decay": 0.0},)
    history.memories["old"] = Remembered(
        memory="old", mode="prior", points=points, gains=(1.0, 2.0)
    )
    density = density_of({"lr": Believed(3e-3)}, history=history)
    X = Encoding(SPACE).spread(np.random.default_rng(0).random((20, 6)))

    _, slopes = density.log(X)

    for j, column in enumerate(Encoding(SPACE).columns):
        if column.kind == "real":
            step = np.zeros(X.shape[1])
            step[j] = 1e-6
            inside = (X[:, j] > 1e-3) & (X[:, j] < 1 - 1e-3)
            told = (density.log(X + step)[0] - density.log(X - step)[0]) / 2e-6
            live = Encoding(SPACE).snap(X)[1][:, j]
            assert slopes[inside & live, j] == pytest.approx(told[inside & live], abs=1e-4)
            assert (slopes[~live, j] == 0).all()
        if column.kind == "category":
            assert (slopes[:, j] == 0).all()


def test_older_studies_are_believed_around_their_best_points():
    history = History()
    points = tuple({"x": x, "y": 0.5} for x in (0.1, 0.12, 0.11, 0.9, 0.95))
    gains = (3.0, 2.9, 2.8, -1.0, float("nan"))
    history.memories["old"] = Remembered(memory="old", mode="prior", points=points, gains=gains)
    density = density_of({}, BOWL, history)

    log, _ = density.log(rows({"x": 0.11}, {"x": 0.9}, space=BOWL))

    assert log[0] > log[1] + 2


def test_other_modes_are_no_belief():
    history = History()
    history.memories["old"] = Remembered(
        memory="old", mode="auto", points=({"x": 0.1, "y": 0.5},), gains=(1.0,)
    )

    assert density_of({}, BOWL, history) is None


def test_the_search_begins_where_the_best_point_is_believed():
    beliefs = {"lr": Believed(2e-3), "optimizer": Believed("lion", "high")}
    sampler = make_sampler(SearchSpec(), SPACE, seed=0, devices_taken=True, beliefs=beliefs)

    (first,) = sampler.suggest(Study(SPACE).history, 1, np.random.default_rng(0))

    centre = {k: v for k, v in SPACE.centre().items() if k != "momentum"}  # dead without sgd
    assert first.point == {**centre, "lr": 2e-3, "optimizer": "lion"}


def test_a_believed_point_that_is_not_allowed_is_no_beginning():
    space = Space(BOWL.parameters, require=("x < 0.7",))

    assert believed_point(space, {"x": Believed(0.9)}) is None
    assert believed_point(space, {"x": Believed(0.6)}) == {"x": 0.6, "y": 0.5}
    assert believed_point(Space((Bool(name="b"),)), {}) is None


def bowl(point):
    return (point["x"] - 0.3) ** 2 + (point["y"] - 0.4) ** 2


def searched(beliefs, trials):
    sampler = make_sampler(SearchSpec(), BOWL, seed=1, devices_taken=True, beliefs=beliefs)
    return Study(BOWL).search(sampler, bowl, trials)


def test_a_right_belief_is_followed_at_once():
    right = {"x": Believed(0.32, "high"), "y": Believed(0.42, "high")}

    points = [point for point, _ in searched(right, 8)[5:]]

    assert all(abs(p["x"] - 0.3) < 0.25 and abs(p["y"] - 0.4) < 0.25 for p in points)


def test_a_wrong_belief_has_washed_out_after_forty_trials():
    wrong = {"x": Believed(0.95, "high"), "y": Believed(0.95, "high")}

    best = min(value for _, value in searched(wrong, 40))

    assert best < 1e-3  # the believed place is at 0.7
