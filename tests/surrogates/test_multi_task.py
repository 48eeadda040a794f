"""Older studies and this one as one process: icm and lmc through the same battery."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tuner.dataset import Dataset, Source, anchor
from tuner.errors import FitError
from tuner.numerics.sobol import SobolSequence
from tuner.space.encoding import Column
from tuner.surrogates import GaussianProcess, multi_task
from tuner.surrogates.laboratory import laboratory
from tuner.surrogates.make import make_surrogate
from tuner.surrogates.multi_task import MOST_ROWS, MOST_TASKS, MultiTaskSurrogate, of_task


def hill(X):
    return np.sin(5 * X[:, 0]) + X[:, 1] ** 2


def study(rows, mode, older, *, gains=None, columns=2, seed=1, noise_sd=None):
    """Build a dataset of a study with older ones, given by name as (X, gains)."""
    X = np.random.default_rng(seed).random((rows, columns))
    gains = hill(X) if gains is None else np.asarray(gains, dtype=np.float64)
    sources = [Source(name=name, mode=mode, X=A, gains=y) for name, (A, y) in older.items()]
    return Dataset(
        columns=tuple(Column(f"x{j}", f"x{j}", "real", None) for j in range(columns)),
        outcomes=("gain",),
        X=X,
        Y=gains[:, None],
        noise_sd=noise_sd,
        failed=~np.isfinite(gains),
        ids=tuple(range(1, rows + 1)),
        settled=anchor(rows),
        pending=X[:0],
        tried=X,
        sources=tuple(sources),
        spread=SobolSequence(columns, 0).points(0, 64),
    )


def old(rows=25, *, sign=1.0, seed=7):
    X = np.random.default_rng(seed).random((rows, 2))
    return X, 100.0 + 7.0 * sign * hill(X)


def surrogate_of():
    return make_surrogate(GaussianProcess(draws=0, turn=0))


@pytest.fixture(scope="module", params=["icm", "lmc"])
def mode(request):
    return request.param


@pytest.fixture(autouse=True)
def in_the_laboratory():
    with laboratory(rows=50):
        yield


@pytest.fixture(scope="module")
def fitted(mode):
    """Eight results of a hill, and an older study of the same hill in other units."""
    data = study(8, mode, {"alike": old()})
    with laboratory(rows=8):
        return data, surrogate_of().objective(data)


def test_it_interpolates_clean_data(fitted):
    data, model = fitted
    best = np.argmax(data.Y[:, 0])

    mean, sd = model.predict(data.X)

    better = data.Y[:, 0] >= np.median(data.Y[:, 0])  # the worse half is a matter of ranks
    assert mean[better] == pytest.approx(data.Y[better, 0], abs=0.15)
    assert np.argmax(mean) == best
    assert (sd > 0).all()


def test_it_knows_where_only_the_older_study_has_been(fitted):
    _, model = fitted
    X = np.random.default_rng(5).random((200, 2))

    means = model.processes.means(X)[0]

    assert np.corrcoef(means, hill(X))[0, 1] > 0.85


def test_uncertainty_grows_away_from_the_data(fitted):
    data, model = fitted
    away = np.array([[3.0, 3.0], [-2.0, 3.0]])

    near, far = (model.processes.look(X).variance for X in (data.X, away))

    assert far.min() > 3 * near.max()


def test_slopes_are_those_of_finite_differences(fitted):
    _, model = fitted
    X = np.array([[0.3, 0.6], [0.8, 0.2]])
    look = model.processes.look(X)
    by_mean, by_variance = np.array([[[1.0], [-2.0]]]), np.array([[0.7, 1.3]])
    slopes = look.back(by_mean, by_variance)

    def total(rows):
        seen = model.processes.look(rows)
        return (seen.mean * by_mean).sum() + (seen.variance * by_variance).sum()

    for place in np.ndindex(X.shape):
        step = np.zeros_like(X)
        step[place] = 1e-5
        numeric = (total(X + step) - total(X - step)) / 2e-5
        assert slopes[place] == pytest.approx(numeric, rel=1e-4, abs=1e-6)


def test_a_look_and_a_joint_belief_agree(fitted):
    _, model = fitted
    X = np.random.default_rng(6).random((5, 2))
    look = model.processes.look(X)

    means, covariance = model.processes.joint(X)

    assert means == pytest.approx(look.mean[:, :, 0])
    assert covariance[0].diagonal() == pytest.approx(look.variance[0], rel=1e-6)


def test_it_believes_what_the_library_predicts(fitted):
    _, model = fitted
    believer = model.processes.believer
    Z = torch.from_numpy(np.random.default_rng(9).random((6, 2)))

    predicted = believer.model.eval()(of_task(Z, 0))

    mean, covariance = believer.joint(Z)
    assert mean[0].numpy() == pytest.approx(predicted.mean.numpy(), abs=1e-6)
    assert covariance[0].numpy() == pytest.approx(predicted.covariance_matrix.numpy(), abs=1e-6)


def test_rows_are_left_out_as_if_they_had_not_been_there(fitted):
    _, model = fitted
    believer = model.processes.believer
    prior = believer.model.forward(believer.X)
    K = believer.model.likelihood(prior, believer.X).covariance_matrix.detach().numpy()
    y = (believer.model.train_targets - prior.mean).detach().numpy()

    rest, variance = believer.left_out(8)

    for i in range(8):
        others = np.arange(len(y)) != i
        told = np.linalg.solve(K[np.ix_(others, others)], K[others, i])
        assert rest[i] == pytest.approx(y[i] - told @ y[others], abs=1e-6)
        assert variance[i] == pytest.approx(K[i, i] - told @ K[others, i], rel=1e-6)


def test_tasks_that_foretell_worse_than_one_weigh_nothing(mode, monkeypatch):
    data = study(8, mode, {"alike": old()})
    densities = iter([0.0, 1.0])  # of all tasks, and of a process of this study alone
    monkeypatch.setattr(multi_task, "foretold", lambda rest, variance: next(densities))
    surrogate = surrogate_of()

    models = [surrogate.objective(data) for _ in range(2)]

    assert [model.memory for model in models] == [{"alike": 0.0}] * 2
    alone = surrogate.objective(study(8, mode, {}))
    assert (models[0].predict(data.X)[0] == alone.predict(data.X)[0]).all()


def test_the_weight_of_an_older_study_is_how_much_it_goes_with_this_one(fitted):
    _, model = fitted

    assert model.memory["alike"] > 0.5


def test_an_older_study_the_other_way_round_helps_as_well(mode):
    data = study(8, mode, {"opposite": old(sign=-1.0)})
    joint = MultiTaskSurrogate(surrogate_of().exact, mode)

    model = joint.objective(data)
    names, correlations = joint.related(data)

    X = np.random.default_rng(5).random((200, 2))
    assert names == ("opposite",)
    assert correlations[0, 1] < -0.5
    assert np.corrcoef(model.processes.means(X)[0], hill(X))[0, 1] > 0.8


def test_two_results_are_enough(mode):
    model = surrogate_of().objective(study(2, mode, {"alike": old()}))

    mean, sd = model.predict(np.random.default_rng(2).random((20, 2)))

    assert np.isfinite(mean).all()
    assert (sd > 0).all()


def test_one_result_is_too_few(mode):
    with pytest.raises(FitError, match="a model needs 2"):
        surrogate_of().objective(study(1, mode, {"alike": old()}))


@pytest.mark.parametrize("where", ["here", "there"])
def test_constants_are_taken(mode, where):
    X, gains = old()
    data = study(
        6,
        mode,
        {"older": (X, np.full(len(X), 3.0) if where == "there" else gains)},
        gains=[3.0] * 6 if where == "here" else None,
    )

    mean, sd = surrogate_of().objective(data).predict(X)

    assert np.isfinite(mean).all()
    assert (sd > 0).all()


@pytest.mark.parametrize("gains", [[1.0], [np.nan] * 4, []], ids=["one trial", "failures", "none"])
def test_an_older_study_that_says_nothing_changes_nothing(mode, gains):
    X = np.random.default_rng(4).random((len(gains), 2))
    data = study(8, mode, {"mute": (X, np.array(gains, dtype=np.float64))})
    surrogate = surrogate_of()

    model = surrogate.objective(data)

    alone = surrogate.exact.objective(replace(data, sources=()))
    assert model.memory == {}
    assert model.predict(data.X)[0] == pytest.approx(alone.predict(data.X)[0], rel=1e-9)


def test_of_ten_older_studies_those_that_agree_most_are_taken(mode):
    noise = np.random.default_rng(11)
    older = {f"other {i}": (noise.random((20, 2)), noise.normal(size=20)) for i in range(8)}
    older |= {"alike": old(), "opposite": old(sign=-1.0, seed=8)}

    model = surrogate_of().objective(study(11, mode, older))

    assert len(model.memory) == MOST_TASKS
    assert {"alike", "opposite"} <= set(model.memory)
    assert min(model.memory["alike"], model.memory["opposite"]) > 0.4


def test_a_large_older_study_costs_no_more_rows_than_there_may_be(mode):
    data = study(4, mode, {"large": old(2 * MOST_ROWS)})  # too few results to be judged by
    surrogate = MultiTaskSurrogate(surrogate_of().exact, mode)

    model = surrogate.objective(data)

    assert len(model.processes.believer.X) <= MOST_ROWS


def test_failures_and_huge_numbers_are_taken(mode):
    X, gains = old()
    gains[:3], gains[3] = np.nan, -1e300
    data = study(7, mode, {"wild": (X, gains)}, gains=[1.0, np.nan, 0.9, -1e30, 0.8, 0.7, np.nan])

    mean, sd = surrogate_of().objective(data).predict(X)

    assert np.isfinite(mean).all()
    assert (sd > 0).all()


def test_known_errors_are_believed(mode):
    errors = np.full((8, 1), 0.5)
    model = surrogate_of().objective(study(8, mode, {"alike": old()}, noise_sd=errors))

    assert model.noise_known
    assert model.noise_sd > 0.3


def test_between_anchors_only_rows_are_new(mode):
    longer = study(13, mode, {"alike": old()})
    assert longer.settled == 10
    joint = MultiTaskSurrogate(surrogate_of().exact, mode)

    shorter = replace(
        longer, X=longer.X[:11], Y=longer.Y[:11], failed=longer.failed[:11], ids=longer.ids[:11]
    )
    first, second = joint.related(shorter), joint.related(longer)
    fresh = MultiTaskSurrogate(joint.exact, mode).related(longer)

    assert (first[1] == second[1]).all()
    assert fresh[1] == pytest.approx(second[1], abs=1e-9)
