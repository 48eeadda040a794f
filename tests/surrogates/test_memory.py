"""Older studies as a basis of the process: the arithmetic held to definitions, and when it is left out."""

import math
from dataclasses import replace

import numpy as np
import pytest

from tuner.dataset import Source, anchor
from tuner.space.encoding import Column
from tuner.surrogates import single_task
from tuner.surrogates.basis import Basis
from tuner.surrogates.engine import NumpyEngine
from tuner.surrogates.exact import ExactGPs
from tuner.surrogates.fitting import Evidence, LogPosterior, fit
from tuner.surrogates.guard import FREE, GOLDEN, JUDGED, foretold
from tuner.surrogates.matern import matern, squares
from tuner.surrogates.memory import MOST_SOURCES, agreeing, basis_of, evidence_of, process
from tuner.surrogates.remembering import RememberingSurrogate
from tuner.surrogates.single_task import SingleTaskSurrogate
from tuner.surrogates.spec import GaussianProcess, Priors
from tuner.surrogates.stacked import MeanOf

COLUMNS = (
    *(Column(f"x{j}", f"x{j}", "real", None) for j in range(3)),
    Column("c", "c", "category", 3),
)
PRIORS = Priors()
STEP = 1e-5


def rows(count, seed):
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.random((count, 3)), rng.integers(3, size=count)])


def hill(X):
    return np.sin(5 * X[:, 0]) + X[:, 1] ** 2 + 0.3 * (X[:, 3] == 1)


def wave(X):
    return np.cos(9 * X[:, 2]) + 0.2 * X[:, 3]


def mean_of(function, seed=1, count=40):
    X = rows(count, seed)
    y = function(X)
    evidence = Evidence(columns=COLUMNS, X=X, y=(y - y.mean()) / y.std())
    return MeanOf(ExactGPs.of([evidence], [fit(evidence, PRIORS).theta])[0])


@pytest.fixture(scope="module")
def basis():
    """Two older studies, one of them of the same hill."""
    return Basis.of_means(["hill", "wave"], [mean_of(hill), mean_of(wave, 2)], rows(256, 9))


@pytest.fixture(scope="module", params=["noise is estimated", "noise is known"])
def evidence(request, basis):
    """Twenty results that the hill explains, but for a slope of their own."""
    X = rows(20, 3)
    y = 2 * hill(X) + X[:, 2] + 0.1 * np.random.default_rng(4).standard_normal(20)
    known = request.param == "noise is known"
    noise = np.linspace(0.01, 0.2, 20) if known else None
    return Evidence(columns=COLUMNS, X=X, y=(y - y.mean()) / y.std(), noise_var=noise, basis=basis)


@pytest.fixture(scope="module")
def thetas(evidence):
    """The fitted hyperparameters, and others near by."""
    best = fit(evidence, PRIORS).theta
    return [best, best + 0.2 * np.random.default_rng(5).standard_normal(len(best))]


@pytest.fixture(scope="module")
def gps(evidence, thetas):
    return ExactGPs.of([evidence] * 2, thetas)[0]


def test_a_basis_has_mean_0_and_variance_1_over_the_space(basis):
    values = basis.of(rows(256, 9))

    assert values.mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert values.std(axis=0) == pytest.approx([1, 1])


class Flat:
    """Believes the same everywhere."""

    def mean(self, X):
        return np.full(len(X), 3.0), lambda slopes: 0 * X * slopes[:, None]


def test_a_function_that_is_the_same_everywhere_is_left_out():
    basis = Basis.of_means(["flat"], [Flat()], rows(256, 9))

    assert basis.names == ()


def test_a_constant_older_study_says_nothing(surrogate, learning):
    constant = source(lambda X: np.full(len(X), 0.3), count=13)  # 0.3 is no exact double

    assert surrogate.objective(learning(9, constant)).memory == {"old": 0.0}


def test_slopes_of_a_basis_are_those_of_its_values(basis):
    X = rows(5, 6)
    weights = np.random.default_rng(7).standard_normal((5, 2))
    slopes = basis.look(X).to_columns(weights)

    for i in range(5):
        for j in range(3):
            step = np.zeros_like(X)
            step[i, j] = STEP
            by_hand = ((basis.of(X + step) - basis.of(X - step)) * weights).sum() / (2 * STEP)
            assert slopes[i, j] == pytest.approx(by_hand, abs=1e-6)
    assert (slopes[:, 3] == 0).all()  # a category has no slope


def test_the_gradient_by_every_hyperparameter_loads_included(evidence, thetas):
    posterior = LogPosterior(evidence, PRIORS)
    assert posterior.loads.stop - posterior.loads.start == 2
    for theta in [posterior.start() + 0.1, *thetas]:
        value, gradient, _ = posterior.evaluate(theta)
        steps = STEP * np.eye(len(theta))
        by_hand = [
            (posterior.value(theta + s) - posterior.value(theta - s)) / (2 * STEP) for s in steps
        ]

        assert value == pytest.approx(posterior.value(theta), rel=1e-9)
        assert gradient == pytest.approx(by_hand, abs=2e-5)


def by_definition(evidence, theta, gps, X):
    """The posterior from the kernel matrix, the older studies one more term of it."""
    loads, output = np.exp(theta[5:7]), math.exp(theta[4])
    at = [gps.features.of(Z) / np.exp(theta[:4])[gps.features.owner] for Z in (evidence.X, X)]
    P, F = evidence.basis.of(evidence.X), evidence.basis.of(X)

    def kernel(A, B, of_a, of_b):
        return output * matern(squares(A[None], B[None]))[0][0] + (of_a * loads) @ of_b.T

    noise = evidence.noise_var if evidence.noise_var is not None else math.exp(theta[-1])
    K = kernel(at[0], at[0], P, P) + noise * np.eye(len(P))
    k, prior = kernel(at[1], at[0], F, P), kernel(at[1], at[1], F, F)
    ones, y = np.ones(len(P)), evidence.y
    centre = (ones @ np.linalg.solve(K, y)) / (ones @ np.linalg.solve(K, ones))
    rest = y - centre
    likelihood = -0.5 * (rest @ np.linalg.solve(K, rest) + np.linalg.slogdet(2 * np.pi * K)[1])
    return centre + k @ np.linalg.solve(K, rest), prior - k @ np.linalg.solve(K, k.T), likelihood


def test_the_posterior_is_that_of_the_kernel_with_one_more_term(evidence, thetas, gps):
    X = rows(6, 8)
    mean, covariance = gps.joint(X)
    _, likelihoods = ExactGPs.of([evidence] * 2, thetas)

    for m, theta in enumerate(thetas):
        expected, spread, likelihood = by_definition(evidence, theta, gps, X)
        assert mean[m] == pytest.approx(expected, abs=1e-6)
        assert covariance[m] == pytest.approx(spread, abs=1e-6)
        assert likelihoods[m] == pytest.approx(likelihood, abs=1e-6)


def test_all_ways_of_asking_agree(gps):
    X = rows(6, 8)
    look = gps.look(X)
    mean, covariance = gps.joint(X)

    assert gps.means(X) == pytest.approx(look.mean[:, :, 0], abs=1e-9)
    assert mean == pytest.approx(look.mean[:, :, 0], abs=1e-9)
    assert np.einsum("mkk->mk", covariance) == pytest.approx(look.variance, abs=1e-9)
    assert gps.cross(X[:2], X) == pytest.approx(covariance[:, :2], abs=1e-9)
    assert gps.only([1]).means(X) == pytest.approx(gps.means(X)[1:], abs=1e-12)


def test_a_value_that_is_taken_as_given_is_believed_and_the_rest_follows_from_it(gps):
    X, values = rows(6, 8), np.array([[[1.5], [-2.0]]] * 2)
    given = gps.given(X[:2], values)
    look = given.look(X)
    mean, covariance = gps.joint(X)

    assert look.mean[:, :2] == pytest.approx(values, abs=1e-3)
    assert (look.variance[:, :2] < 1e-4).all()
    for m in range(2):
        C = covariance[m, :2, :2] + 1e-6 * gps.output[m] * np.eye(2)
        gain = np.linalg.solve(C, covariance[m, :2, 2:]).T
        expected = mean[m, 2:] + gain @ (values[m, :, 0] - mean[m, :2])
        assert look.mean[m, 2:, 0] == pytest.approx(expected, abs=1e-6)
    assert given.means(X) == pytest.approx(look.mean[:, :, 0], abs=1e-9)


def test_slopes_of_mean_and_variance_are_those_of_their_values(gps):
    X, rng = rows(5, 10), np.random.default_rng(11)
    by_mean, by_variance = rng.standard_normal((2, 5, 1)), rng.standard_normal((2, 5))

    def value(Z):
        look = gps.look(Z)
        return (look.mean * by_mean).sum() + (look.variance * by_variance).sum()

    slopes = gps.look(X).back(by_mean, by_variance)

    for i in range(5):
        for j in range(3):
            step = np.zeros_like(X)
            step[i, j] = STEP
            by_hand = (value(X + step) - value(X - step)) / (2 * STEP)
            assert slopes[i, j] == pytest.approx(by_hand, abs=1e-5)


def test_what_is_foretold_of_each_row_is_what_the_others_say(evidence, thetas):
    theta, y = thetas[0], evidence.y
    gps, _ = ExactGPs.of([evidence], [theta])
    whole, noise = gps.joint(evidence.X), evidence.noise_var
    noise = np.full(len(y), math.exp(theta[-1])) if noise is None else noise
    # the prior of the rows, from their posterior: K (K + N)^-1 N = C
    N = np.diag(noise)
    prior = np.linalg.solve(np.eye(len(y)) - whole[1][0] @ np.linalg.inv(N), whole[1][0])
    total = 0.0
    for i in range(len(y)):
        rest = np.arange(len(y)) != i
        K = prior[np.ix_(rest, rest)] + N[np.ix_(rest, rest)]
        k = prior[i, rest]
        mean = gps.centre[0] + k @ np.linalg.solve(K, y[rest] - gps.centre[0])
        variance = prior[i, i] + noise[i] - k @ np.linalg.solve(K, k)
        total -= 0.5 * ((y[i] - mean) ** 2 / variance + math.log(2 * math.pi * variance))

    assert foretold(*gps.left_out()) == pytest.approx(total, rel=1e-4)


def test_a_load_grows_for_what_explains_the_results_and_not_for_the_other(evidence, thetas):
    hill_load, wave_load = np.exp(thetas[0][5:7])

    assert hill_load > 2 * wave_load
    alone = fit(replace(evidence, basis=None), PRIORS)
    assert fit(evidence, PRIORS).density > alone.density


def test_the_functions_that_agree_most_are_kept_in_either_direction():
    rng = np.random.default_rng(12)
    X = rows(30, 13)
    turned = [1, -1, 1, -1, 1, -1]
    functions = [mean_of(lambda X, s=s: s * hill(X), seed=20 + i) for i, s in enumerate(turned)]
    noise = [mean_of(lambda X: rng.standard_normal(len(X)), seed=40 + i) for i in range(3)]
    mixed = [noise[0], *functions[:3], noise[1], *functions[3:], noise[2]]
    names = ["n0", "h0", "h1", "h2", "n1", "h3", "h4", "h5", "n2"]
    basis = Basis.of_means(names, mixed, rows(256, 9))
    y = hill(X)

    kept = agreeing(basis, Evidence(columns=COLUMNS, X=X, y=(y - y.mean()) / y.std()))

    assert len(functions) == MOST_SOURCES
    assert kept.names == ("h0", "h1", "h2", "h3", "h4", "h5")
    assert kept.of(X) == pytest.approx(basis.of(X)[:, [1, 2, 3, 5, 6, 7]])
    assert agreeing(kept, Evidence(columns=COLUMNS, X=X, y=y)) is kept


@pytest.fixture
def learning(make_dataset):
    """A dataset of so many results that may learn from older studies."""

    def make(count, *sources, gain=hill, seed=3):
        X = rows(count, seed)
        return replace(
            make_dataset(X, gain(X), columns=COLUMNS),
            sources=sources,
            spread=rows(256, 9),
            settled=anchor(count),
        )

    return make


def source(function, mode="auto", seed=30, count=40, name="old"):
    X = rows(count, seed)
    return Source(name=name, mode=mode, X=X, gains=function(X))


def noise(X):
    return np.random.default_rng(len(X)).standard_normal(len(X))


@pytest.fixture
def surrogate():
    exact, own = (SingleTaskSurrogate(GaussianProcess(), lambda _: NumpyEngine()) for _ in range(2))
    return RememberingSurrogate(exact, own)


def test_a_source_of_the_same_function_carries_weight_and_the_predictions(surrogate, learning):
    dataset = learning(9, source(hill))
    X = rows(200, 50)
    cold, _ = surrogate.objective(learning(9)).predict(X)

    model = surrogate.objective(dataset)
    warm, _ = model.predict(X)

    assert model.memory["old"] > 0.3
    assert np.abs(warm - hill(X)).mean() < 0.6 * np.abs(cold - hill(X)).mean()


def blurred(seed):
    """A source of the hill, three in four of its results beside it, and the errors that tell which."""
    X = rows(40, seed)
    errors = np.where(np.arange(40) % 4 > 0, 1.5, 0.02)
    gains = hill(X) + errors * np.random.default_rng(seed).standard_normal(40)
    return Source(name="old", mode="auto", X=X, gains=gains, noise_sd=errors)


def test_known_errors_of_a_source_keep_its_process_nearer_to_the_truth(learning):
    X, dataset = rows(200, 50), learning(3)

    def agreement(source):
        means = process(evidence_of(dataset, source, PRIORS), PRIORS).means(X)
        return np.corrcoef(means[0], hill(X))[0, 1]

    sources = [blurred(seed) for seed in range(6)]
    known = [agreement(source) for source in sources]
    unknown = [agreement(replace(source, noise_sd=None)) for source in sources]

    assert np.mean(known) > np.mean(unknown) + 0.1


def test_a_source_of_pure_noise_is_left_out_of_all_that_is_judged(surrogate, learning):
    counts = range(20, 32)
    weights = [surrogate.objective(learning(n, source(noise))).memory for n in counts]

    assert sum(weight["old"] == 0.0 for weight in weights) > len(weights) / 2
    assert all(weight["old"] < 0.4 for weight in weights)


def free(surrogate, learning, mode, counts):
    dataset = [learning(count, source(hill, mode)) for count in counts]
    return [surrogate.objective(each).memory["old"] == 0.0 for each in dataset]


def test_a_third_of_the_suggestions_is_free_of_sources_that_are_not_asked_for_by_name(
    surrogate, learning
):
    counts = range(3, 33)
    without = free(surrogate, learning, "auto", counts)

    assert 8 <= sum(without) <= 12
    assert all(any(without[n : n + 5]) for n in range(26))
    assert all(any(without[start::stride]) for stride in (2, 3, 4) for start in range(stride))
    at_rest = [count for count, alone in zip(counts, without, strict=True) if alone]
    assert not any(free(surrogate, learning, "basis", at_rest))


def test_a_pending_trial_takes_its_turn(surrogate, learning):
    turns = [n * GOLDEN % 1 < 1 / FREE for n in range(60)]
    count = next(n for n in range(9, 60) if turns[n + 1] and not turns[n])
    dataset = learning(count, source(hill))
    pending = replace(dataset, pending=rows(1, 60))

    assert surrogate.objective(dataset).memory["old"] > 0.0
    assert surrogate.objective(pending).memory["old"] == 0.0


def test_with_the_mode_basis_even_noise_is_weighed_and_never_left_out(surrogate, learning):
    memory = surrogate.objective(learning(20, source(noise, "basis"))).memory

    assert set(memory) == {"old"}
    assert memory["old"] < 0.3


UNUSABLE = {
    "no trial": lambda X: np.empty(0),
    "one result": lambda X: np.where(np.arange(len(X)) == 0, 1.0, np.nan),
    "nothing but failures": lambda X: np.full(len(X), np.nan),
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_sources_without_two_results_change_nothing(surrogate, learning, what):
    X = rows(200, 50)
    count = 0 if what == "no trial" else 12
    empty = source(UNUSABLE[what], count=count)
    for n in (4, 9, 16):
        bare, with_it = learning(n), learning(n, empty)
        assert basis_of(with_it, PRIORS) is None
        told, expected = (surrogate.objective(d).predict(X) for d in (with_it, bare))

        assert (told[0] == expected[0]).all()
        assert (told[1] == expected[1]).all()


@pytest.mark.parametrize(
    "gains",
    [
        lambda X: np.full(len(X), 7.0),
        lambda X: np.where(X[:, 0] < 0.5, np.nan, hill(X)),
        lambda X: 1e300 * hill(X),
        lambda X: -1e-300 * hill(X),
    ],
    ids=["the same everywhere", "half failed", "huge", "tiny"],
)
def test_hostile_gains_of_a_source_leave_the_model_finite(surrogate, learning, gains):
    model = surrogate.objective(learning(10, source(gains, "basis")))

    mean, sd = model.predict(rows(50, 70))

    assert np.isfinite(mean).all()
    assert np.isfinite(sd).all()


@pytest.mark.parametrize("place", [-9.0, -1.0, 1.5, 10.0, 1e6])
def test_old_points_far_outside_of_the_space_leave_the_model_finite(surrogate, learning, place):
    old = source(hill, "basis")
    X = old.X.copy()
    X[::5, 0] = place
    model = surrogate.objective(learning(10, replace(old, X=X)))

    mean, sd = model.predict(rows(50, 70))

    assert np.isfinite(mean).all()
    assert np.isfinite(sd).all()
    assert (sd > 0).all()


def test_a_basis_is_made_once_for_the_same_sources(surrogate, learning, monkeypatch):
    made = []

    def counted(dataset, priors):
        made.append(len(dataset.ids))
        return basis_of(dataset, priors)

    monkeypatch.setattr(single_task, "basis_of", counted)
    old = source(hill, "basis")
    for count in (4, 5, 6):
        surrogate.objective(learning(count, old))
    assert made == [4]

    surrogate.objective(learning(7, old, source(wave, "basis", name="other")))
    assert made == [4, 7]


def turned(X):
    return -hill(X)


FORETELLING = {
    "one that is the other way round": ([source(turned)], "one by one"),
    "many that know little each": (
        [source(hill, seed=100 + k, count=6, name=f"old {k}") for k in range(30)],
        "together",
    ),
    "noise": ([source(noise)], "nothing"),
}


@pytest.mark.parametrize("case", FORETELLING)
def test_auto_stands_on_what_foretells_the_results_best(surrogate, learning, case):
    sources, expected = FORETELLING[case]
    chosen = []
    for count in (8, 9, 10, 11):
        dataset = learning(count, *sources)
        ground = surrogate.ground(dataset)
        chosen.append(
            "nothing" if ground is None else "one by one" if ground.trend is None else "together"
        )

    assert chosen.count(expected) > len(chosen) / 2, chosen


def test_before_enough_is_measured_auto_trusts_the_older_studies_one_by_one(surrogate, learning):
    for count in range(2, JUDGED):
        assert surrogate.ground(learning(count, source(noise))).basis.names == ("old",)


def test_what_foretells_best_is_judged_once_for_an_anchor(surrogate, learning, monkeypatch):
    judged = []
    monkeypatch.setattr(
        single_task, "foretold", lambda *told: judged.append(told) or foretold(*told)
    )
    old = source(hill)
    first, next_one = (learning(count, old) for count in (12, 17))

    chosen = [surrogate.ground(first), surrogate.ground(replace(first, pending=rows(1, 60)))]
    assert len(judged) == 3
    surrogate.ground(next_one)
    assert len(judged) == 6
    assert chosen[0].key == chosen[1].key == surrogate.ground(first).key
