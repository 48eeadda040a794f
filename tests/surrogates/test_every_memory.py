"""What every way to learn from older studies promises, listed by their type."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from tuner.dataset import Source
from tuner.interop.spec import Mode
from tuner.numerics.sobol import SobolSequence
from tuner.space.encoding import Column
from tuner.surrogates import GaussianProcess
from tuner.surrogates.exact import ExactGPs
from tuner.surrogates.guard import FREE, GOLDEN
from tuner.surrogates.make import make_surrogate
from tuner.surrogates.ranks import misranked, misranked_left_out, weights_of

MODES = get_args(Mode)
MIXED = (
    Column("lr", "lr", "real", None),
    Column("layers", "layers", "integer", 5),
    Column("optimizer", "optimizer", "category", 4),
    Column("x", "x", "real", None),
)


def hill(X):
    return np.sin(5 * X[:, 0]) + X[:, 1] ** 2 - 0.3 * X[:, 2]


def slope_of_two(X):
    return np.sin(5 * X[:, 0]) + X[:, 1] ** 2


@pytest.fixture(params=MODES)
def mode(request):
    return request.param


@pytest.fixture
def make_remembering(make_dataset):
    """Build a dataset with older studies, each (X, gains) or (X, gains, errors), and spread rows."""

    def make(mode, X, gains, older, **more):
        dataset = make_dataset(X, gains, **more)
        d = dataset.X.shape[1]
        sources = [
            Source(
                name=f"s{i}",
                mode=mode,
                X=np.asarray(A),
                gains=np.asarray(g, dtype=np.float64),
                noise_sd=np.asarray(errors[0], dtype=np.float64) if errors else None,
            )
            for i, (A, g, *errors) in enumerate(older)
        ]
        spread = SobolSequence(d, 0).points(0, 64)
        return replace(dataset, sources=tuple(sources), spread=spread)

    return make


@pytest.fixture
def model_of():
    """Fit the objective of a dataset by a surrogate that knows nothing yet."""

    def fit(dataset):
        surrogate = make_surrogate(GaussianProcess())
        with surrogate.at_work(dataset):
            return surrogate.objective(dataset)

    return fit


@pytest.fixture
def mixed(make_remembering):
    """A dataset of numbers, steps and a category, with two older studies like it."""

    def places(count, rng):
        U = rng.random((count, 4))
        return np.column_stack(
            [U[:, 0], (np.floor(5 * U[:, 1]) + 0.5) / 5, np.floor(4 * U[:, 2]), U[:, 3]]
        )

    def value(X, shift):
        return np.sin(4 * X[:, 0] + shift) + X[:, 1] - 0.5 * (X[:, 2] == 1) + X[:, 3] ** 2

    def make(mode):
        rng = np.random.default_rng(2)
        older = [
            (A, value(A, shift)) for A, shift in ((places(25, rng), 0.3), (places(15, rng), 1))
        ]
        X = places(12, rng)
        dataset = make_remembering(mode, X, value(X, 0.0), older, columns=MIXED)
        return replace(dataset, spread=places(64, rng)), places(6, rng)

    return make


@pytest.fixture(scope="module")
def kept():
    """The models of `believed`, by their modes."""
    return {}


@pytest.fixture
def believed(mode, mixed, model_of, kept):
    """The dataset of `mixed`, places, and its model: fitted once, no test changes it."""
    dataset, at = mixed(mode)
    if mode not in kept:
        kept[mode] = model_of(dataset)
    return dataset, at, kept[mode]


def test_clean_data_are_gone_through_and_doubt_grows_away_from_them(
    mode, make_remembering, model_of
):
    X = np.linspace(0.0, 0.5, 16)[:, None]
    A = np.linspace(0.02, 0.48, 12)[:, None]
    model = model_of(make_remembering(mode, X, np.sin(7 * X[:, 0]), [(A, np.cos(17 * A[:, 0]))]))

    mean, near = model.predict(X)
    _, far = model.predict(np.array([[1.0]]))

    gains = np.sin(7 * X[:, 0])
    assert np.abs(mean - gains)[gains > np.median(gains)].max() < 0.15
    assert far[0] > 2 * np.median(near)


@pytest.mark.parametrize("granted", [0, 3])
def test_slopes_are_those_of_what_is_believed(believed, granted):
    dataset, at, model = believed
    processes = model.processes
    rng = np.random.default_rng(0)
    if granted:
        P = dataset.spread[:granted]
        drawn = rng.normal(size=(len(processes.share), granted, 2))
        processes = processes.given(P, drawn)
    look = processes.look(at)
    by_mean, by_variance = rng.normal(size=look.mean.shape), rng.normal(size=look.variance.shape)

    slopes = look.back(by_mean, by_variance)

    def total(X):
        seen = processes.look(X)
        return (by_mean * seen.mean).sum(axis=(0, 2)) + (by_variance * seen.variance).sum(axis=0)

    for j, column in enumerate(MIXED):
        if column.kind == "category":
            assert (slopes[:, j] == 0).all()
            continue
        step = np.zeros(4)
        step[j] = 1e-5
        told = (total(at + step) - total(at - step)) / 2e-5
        assert slopes[:, j] == pytest.approx(told, abs=1e-4, rel=1e-3)


@pytest.mark.parametrize("granted", [0, 3])
def test_all_that_can_be_asked_agrees(believed, granted):
    dataset, at, model = believed
    processes = model.processes
    if granted:
        P = dataset.spread[:granted]
        processes = processes.given(P, processes.means(P)[:, :, None] + [[0.3, -0.2]])
    look = processes.look(at)

    mean, covariance = processes.joint(at)

    assert look.mean[:, :, 0] == pytest.approx(mean, abs=1e-5)
    assert look.mean[:, :, 0] == pytest.approx(processes.means(at), abs=1e-5)
    assert look.variance == pytest.approx(np.einsum("mkk->mk", covariance), abs=1e-5)
    assert processes.cross(at, at) == pytest.approx(covariance, abs=1e-5)
    assert np.linalg.eigvalsh(covariance).min() > -1e-6
    assert processes.share.sum() == pytest.approx(1.0)
    one = processes.only([0]).look(at)
    assert one.mean[0] == pytest.approx(look.mean[0])
    assert one.variance[0] == pytest.approx(look.variance[0])


def test_what_is_granted_is_believed(believed):
    dataset, _, model = believed
    processes, P = model.processes, dataset.spread[:4]
    values = processes.means(P)[:, :, None] + np.array([0.3, -0.2])

    look = processes.given(P[:2], values[:, :2]).given(P[2:], values[:, 2:]).look(P)

    before = processes.look(P).variance
    free = before > 1e-3 * before.max()  # where something was unknown
    assert free.any()
    assert np.abs(look.mean - values)[free].max() < 0.02
    assert (look.variance < 0.05 * before)[free].all()


HERE = {
    "two trials": ([[0.1, 0.2], [0.7, 0.6]], [1.0, 2.0]),
    "a constant": (np.random.default_rng(0).random((7, 2)), [3.0] * 7),
    "repeats": ([[0.2, 0.3]] * 4 + [[0.5, 0.9]], [1.0, 1.1, 0.9, 1.0, 2.0]),
    "failures": (np.random.default_rng(1).random((5, 2)), [1.0, np.nan, 2.0, np.nan, 0.5]),
    "a divergence": (np.random.default_rng(2).random((6, 2)), [1.0, 0.9, 0.8, 0.7, 0.6, -1e30]),
}
RNG = np.random.default_rng(3)
OLDER = {
    "one": [(RNG.random((20, 2)), RNG.random(20))],
    "ten": [(RNG.random((8, 2)), RNG.random(8)) for _ in range(10)],
    "none": [],
    "one trial": [(RNG.random((1, 2)), [1.0])],
    "one result of three": [(RNG.random((3, 2)), [np.nan, 1.0, np.nan])],
    "all failures": [(RNG.random((6, 2)), [np.nan] * 6)],
    "all failures, and another": [
        (RNG.random((6, 2)), [np.nan] * 6),
        (RNG.random((6, 2)), RNG.random(6)),
    ],
    "a constant": [(RNG.random((6, 2)), [4.0] * 6)],
    "repeats": [([[0.2, 0.3]] * 5, [1.0, 2.0, 1.0, 2.0, 1.0])],
    "both ends of the doubles": [(RNG.random((4, 2)), [1e308, -1e308, 1e-320, 0.0])],
    "known errors": [(RNG.random((8, 2)), RNG.random(8), np.linspace(0.0, 1.0, 8))],
    "known errors, of one of two and of most": [
        (
            RNG.random((6, 2)),
            [1.0, 0.3, np.nan, 0.2, 0.6, 0.5],
            [0.1, 1e300, 0.1, np.nan, 0.2, 0.1],
        ),
        (RNG.random((6, 2)), RNG.random(6)),
    ],
    "out of bounds": [(RNG.random((9, 2)) * 9 - 4, RNG.random(9))],
}


@pytest.mark.parametrize("here", HERE)
@pytest.mark.parametrize("older", ["one", "ten"])
def test_any_study_can_have_older_ones(mode, make_remembering, model_of, here, older):
    model = model_of(make_remembering(mode, *HERE[here], OLDER[older]))

    _check_sound(model, older, mode)


@pytest.mark.parametrize("older", OLDER)
def test_any_older_study_is_taken(mode, make_remembering, model_of, older):
    X = np.random.default_rng(5).random((7, 2))
    model = model_of(make_remembering(mode, X, X[:, 0], OLDER[older]))

    _check_sound(model, older, mode)


@pytest.mark.parametrize("older", ["known errors", "known errors, of one of two and of most"])
def test_errors_may_be_known_here_and_there(mode, make_remembering, model_of, older):
    X = np.random.default_rng(5).random((7, 2))
    here = np.full((7, 1), 0.1)
    model = model_of(make_remembering(mode, X, X[:, 0], OLDER[older], noise_sd=here))

    _check_sound(model, older, mode)


def _check_sound(model, older, mode):
    at = np.random.default_rng(1).random((40, 2))
    mean, sd = model.predict(at)

    assert np.isfinite(mean).all()
    assert np.isfinite(sd).all()
    assert (sd > 0).all()
    assert set(model.memory) <= {f"s{i}" for i in range(len(OLDER[older]))}
    assert all(0 <= weight <= 1 for weight in model.memory.values())
    if mode not in ("icm", "lmc"):  # whose weights are correlations, others' are parts of a whole
        assert sum(model.memory.values()) <= 1 + 1e-9


def test_same_dataset_same_model_whatever_was_fitted_before(mode, believed, make_remembering):
    dataset, at, fresh = believed
    X = np.random.default_rng(6).random((9, 4))
    other = make_remembering(mode, X, X[:, 0], [(X, X[:, 1])], columns=MIXED)
    used, expected = make_surrogate(GaussianProcess()), fresh.predict(at)

    with used.at_work(dataset):
        used.objective(other)
        answers = [used.objective(dataset).predict(at) for _ in range(2)]

    for answer in answers:
        assert (answer[0] == expected[0]).all()
        assert (answer[1] == expected[1]).all()


@pytest.mark.parametrize(
    ("way", "rows"), [("basis", 10), ("stack", 11), ("rgpe", 10), ("conditional", 11)]
)
def test_an_older_study_that_is_alike_makes_predictions_better(
    way, rows, make_remembering, model_of
):
    errors = {way: [], "none": []}
    for seed in range(4):
        rng = np.random.default_rng(seed)
        A, X, at = (rng.random((count, 3)) for count in (60, rows, 100))
        older = [(A, 3 * hill(A + 0.03 * rng.normal(size=3)) + 7)]
        for mode, found in errors.items():
            mean, _ = model_of(make_remembering(mode, X, hill(X), older)).predict(at)
            found.append(np.sqrt(np.mean((mean - hill(at)) ** 2)))

    assert np.mean(errors[way]) < 0.85 * np.mean(errors["none"])


def test_a_worked_example_of_a_condition_is_calibrated_and_no_less_accurate(
    make_remembering, model_of
):
    scores, errors = [], {"conditional": [], "none": []}
    for seed in range(6):
        rng = np.random.default_rng(seed)
        A, X, at = (rng.random((rows, 3)) for rows in (150, 12, 150))
        older = [(A, 4 * hill(A + 0.1 * rng.normal(size=3)) - 20)]
        for mode, found in errors.items():
            mean, sd = model_of(make_remembering(mode, X, hill(X), older)).predict(at)
            found.append(np.sqrt(np.mean((mean - hill(at)) ** 2)))
            if mode == "conditional":
                scores.append((mean - hill(at)) / sd)

    assert 0.7 < np.std(np.concatenate(scores)) < 1.3
    assert np.mean(errors["conditional"]) <= np.mean(errors["none"])


def test_every_older_study_of_a_condition_is_in_units_of_its_own(make_remembering, model_of):
    rng = np.random.default_rng(4)
    A, B, X, at = (rng.random((rows, 3)) for rows in (40, 30, 12, 20))
    sound = (B, hill(B))

    told = [
        model_of(make_remembering("conditional", X, hill(X), [(A, scale * hill(A) + shift), sound]))
        for scale, shift in ((1.0, 0.0), (1024.0, 7.0))
    ]

    for first, second in zip(told[0].predict(at), told[1].predict(at), strict=True):
        assert first == pytest.approx(second, rel=1e-6)


def test_an_older_study_that_ranks_the_trials_best_is_weighed_most(make_remembering, model_of):
    rng = np.random.default_rng(0)
    A, X = rng.random((60, 3)), rng.random((12, 3))
    older = [(A, hill(A)), (A, rng.permutation(hill(A))), (A, -hill(A))]

    weights = model_of(make_remembering("rgpe", X, hill(X), older)).memory

    assert weights["s0"] > 0.5
    assert weights["s1"] < 0.1
    assert weights["s2"] == 0


def test_many_older_studies_that_know_nothing_do_not_crowd_out_this_one(make_remembering, model_of):
    rng = np.random.default_rng(1)
    X = rng.random((25, 2))
    older = [(A, rng.random(15)) for A in rng.random((10, 15, 2))]

    model = model_of(make_remembering("rgpe", X, X[:, 0] - X[:, 1] ** 2, older))

    assert sum(model.memory.values()) < 0.05


def test_pairs_are_judged_with_one_trial_left_out_as_if_it_had_not_been_there(make_evidence):
    evidence = make_evidence(12, 2)
    theta = np.array([np.log(0.4), np.log(0.6), 0.0, np.log(0.05)])
    gps, _ = ExactGPs.of([evidence], [theta])
    wrong = np.zeros((12, 12))
    for j in range(12):
        rest = np.arange(12) != j
        part = replace(evidence, X=evidence.X[rest], y=evidence.y[rest])
        mean = ExactGPs.of([part], [theta])[0].means(evidence.X)[0]
        wrong[j] = (mean[j] < mean) ^ (evidence.y[j] < evidence.y)
        wrong[j, j] = False

    told = misranked_left_out(gps, evidence.X, evidence.y)

    assert (told != wrong).mean() < 0.03  # the constant mean knew all trials


def test_models_that_are_as_good_share_the_weight():
    y = np.arange(6.0)

    assert weights_of([misranked(y, y), misranked(2 * y, y)], 0) == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("way", ["auto", "stack", "conditional", "icm"])
def test_a_guarded_way_does_without_in_turn_and_says_that_nothing_weighed(
    way, make_remembering, model_of
):
    rng = np.random.default_rng(4)
    A, X = rng.random((40, 3)), rng.random((29, 3))
    at_rest, awake = 26, 29
    assert at_rest * GOLDEN % 1 < 1 / FREE < awake * GOLDEN % 1

    def weighed(count):
        dataset = make_remembering(way, X[:count], hill(X[:count]), [(A, hill(A))])
        return sum(model_of(dataset).memory.values())

    assert weighed(at_rest) == 0
    assert weighed(awake) > 0


@pytest.mark.parametrize("way", ["stack", "conditional"])
def test_an_older_study_that_foretells_worse_weighs_nothing(way, make_remembering, model_of):
    rng = np.random.default_rng(4)
    A, X = rng.random((40, 3)), rng.random((29, 3))
    wild = np.sin(40 * A[:, 0]) * np.sin(50 * A[:, 1] + 30 * A[:, 2])

    assert model_of(make_remembering(way, X, hill(X), [(A, wild)])).memory == {"s0": 0.0}


def test_a_way_with_a_guard_believes_what_it_would_without_older_studies_where_they_mislead(
    make_remembering, model_of
):
    rng = np.random.default_rng(5)
    A, X, at = rng.random((40, 2)), rng.random((14, 2)), rng.random((20, 2))

    told = [
        model_of(make_remembering("stack", X, slope_of_two(X), older)).predict(at)
        for older in ([(A, -slope_of_two(A))], [])
    ]

    assert (told[0][0] == told[1][0]).all()
    assert (told[0][1] == told[1][1]).all()
