"""The promises of `surrogates/base.py`, for every surrogate there is."""

import numpy as np
import pytest

from tuner.errors import FitError
from tuner.space.encoding import Column
from tuner.surrogates import GaussianProcess, single_task
from tuner.surrogates.make import laboratory, make_surrogate

SPECS = [GaussianProcess()]

HOSTILE = {
    "one huge divergence": [1.0, 0.9, 0.8, 0.7, 0.75, 0.6, -1e30],
    "both ends of the doubles": [1e308, -1e308, 1e308, -1e308, 0.0, 1.0, -1.0],
    "denormals": [1e-320, 2e-320, 0.0, 3e-320, 1e-320, 5e-320, 4e-320],
    "a large offset": list(1e12 + np.arange(7.0)),
    "a constant": [3.0] * 7,
    "a constant and failures": [3.0, 3.0, np.nan, 3.0, np.nan, np.nan, 3.0],
    "zeros": [0.0] * 7,
}


@pytest.fixture(params=SPECS, ids=lambda spec: type(spec).__name__)
def surrogate(request):
    with laboratory(rows=50):
        yield make_surrogate(request.param)


def test_same_dataset_same_model(surrogate, hills):
    first, second = (surrogate.objective(hills).predict(hills.X) for _ in range(2))

    assert (first[0] == second[0]).all()
    assert (first[1] == second[1]).all()


def test_it_learns_a_smooth_function(surrogate, hills):
    X = np.random.default_rng(1).random((200, 3))
    truth = np.sin(5 * X[:, 0]) + X[:, 1] ** 2 - 0.3 * X[:, 2]

    mean, sd = surrogate.objective(hills).predict(X)

    assert np.sqrt(np.mean((mean - truth) ** 2)) < 0.1 * truth.std()
    assert (np.abs(mean - truth) < 3 * sd + 1e-3).mean() > 0.9


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("twins", [False, True], ids=["distinct", "repeats"])
def test_any_numbers_are_taken(surrogate, make_dataset, case, twins):
    X = np.random.default_rng(0).random((7, 2))
    if twins:
        X[1:4] = X[0]
    model = surrogate.objective(make_dataset(X, HOSTILE[case]))

    mean, sd = model.predict(np.random.default_rng(1).random((50, 2)))

    assert np.isfinite(mean).all()
    assert np.isfinite(sd).all()
    assert (sd >= 0 if case == "denormals" else sd > 0).all()


def test_points_outside_of_the_bounds_still_inform(surrogate, make_dataset):
    X = np.linspace(-0.5, 1.5, 12)[:, None]
    model = surrogate.objective(make_dataset(X, X[:, 0] ** 2))

    mean, _ = model.predict(np.array([[-0.3], [1.3]]))

    assert mean == pytest.approx([0.09, 1.69], abs=0.1)


def test_too_few_results_are_a_fit_error_that_says_so(surrogate, make_dataset):
    with pytest.raises(FitError, match="1 of 3 ended trials have a finite metric"):
        surrogate.objective(make_dataset([[0.1], [0.2], [0.3]], [1.0, np.nan, np.nan]))


def test_a_failed_trial_is_as_bad_as_the_worst_that_was_seen(surrogate, make_dataset):
    X = np.linspace(0, 1, 11)[:, None]
    gains = X[:, 0].copy()
    gains[8] = np.nan

    mean, _ = surrogate.objective(make_dataset(X, gains)).predict(X)

    assert mean[8] < mean[7] - 0.1
    assert mean.min() > -1.0


def test_known_errors_are_believed(surrogate, make_dataset):
    X = np.linspace(0, 1, 20)[:, None]
    gains = np.sin(6 * X[:, 0]) + np.where(np.arange(20) == 10, 2.0, 0.0)
    errors = np.full((20, 1), 0.01)
    errors[10] = 5.0

    model = surrogate.objective(make_dataset(X, gains, noise_sd=errors))
    mean, _ = model.predict(X)

    assert model.noise_known
    assert mean[10] == pytest.approx(np.sin(6 * X[10, 0]), abs=0.2)


def test_errors_known_for_a_few_rows_only_are_not_believed_of_all(surrogate, make_dataset):
    X = np.linspace(0, 1, 10)[:, None]
    errors = np.full((10, 1), np.nan)
    errors[:4] = 0.1

    assert not surrogate.objective(make_dataset(X, X[:, 0], noise_sd=errors)).noise_known


def test_repeats_tell_the_noise(surrogate, make_dataset):
    rng = np.random.default_rng(5)
    X = np.repeat(rng.random((8, 1)), 4, axis=0)
    signal = np.sin(6 * X[:, 0])

    quiet = surrogate.objective(make_dataset(X, signal))
    loud = surrogate.objective(make_dataset(X, signal + 0.5 * rng.normal(size=32)))

    assert loud.noise_sd > 0.2 > quiet.noise_sd


def test_a_constraint_is_feasible_above_zero(surrogate, make_dataset):
    X = np.linspace(0, 1, 15)[:, None]
    slack = 30 * (0.6 - X[:, 0])
    dataset = make_dataset(X, X[:, 0], slacks=slack[:, None])

    (model,) = surrogate.constraints(dataset)
    raw, _ = model.predict(X)
    standard = model.scale.apply(raw)

    assert ((standard > model.zero) == (slack > 0)).mean() > 0.9


def test_a_constraint_nobody_measured_is_a_fit_error(surrogate, make_dataset):
    dataset = make_dataset([[0.1], [0.2]], [1.0, 2.0], slacks=np.full((2, 1), np.nan))

    with pytest.raises(FitError, match="slack 1: measured in 0 of 2 ended trials"):
        surrogate.constraints(dataset)


def test_survival_is_learned_from_the_second_failure_on(surrogate, make_dataset):
    X = np.linspace(0, 1, 12)[:, None]
    one, many = X[:, 0].copy(), X[:, 0].copy()
    one[11] = np.nan
    many[8:] = np.nan

    assert surrogate.survival(make_dataset(X, one)) is None
    model = surrogate.survival(make_dataset(X, many))
    assert model is not None
    label, _ = model.predict(np.array([[0.1], [0.95]]))
    assert label[0] > 0.5
    assert label[1] < -0.5


def test_all_kinds_of_columns_are_learned_together(surrogate, make_dataset):
    columns = (
        Column("a", "a", "real", None),
        Column("b", "b", "ordinal", 4),
        Column("c", "c", "category", 100),
    )
    rng = np.random.default_rng(2)
    X = np.column_stack(
        [rng.random(60), (rng.integers(4, size=60) + 0.5) / 4, rng.integers(3, size=60)]
    )
    gains = X[:, 0] + X[:, 1] + 2.0 * (X[:, 2] == 1)

    mean, sd = surrogate.objective(make_dataset(X, gains, columns=columns)).predict(
        np.array([[0.5, 0.625, 1.0], [0.5, 0.625, 2.0], [0.5, 0.625, 77.0]])
    )

    assert mean[0] - mean[1] == pytest.approx(2.0, abs=0.3)
    assert sd[2] > 3 * sd[0]


def test_of_very_many_rows_the_better_half_and_a_sample_of_the_rest_is_used(
    surrogate, make_dataset, monkeypatch
):
    monkeypatch.setattr(single_task, "MOST", 40)
    X = np.random.default_rng(0).random((400, 1))
    gains = -((X[:, 0] - 0.3) ** 2)

    model = surrogate.objective(make_dataset(X, gains))

    used = model.gp.train_inputs[0].numpy()
    assert len(used) == 40
    best = X[np.argsort(-gains)[:20]]
    assert set(best.ravel()) <= set(used.ravel())
    assert used.max() > 0.7
