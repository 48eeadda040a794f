"""The promises of `surrogates/base.py`, for every surrogate there is."""

import contextlib
from types import SimpleNamespace

import numpy as np
import pytest

from tuner.dataset import anchor
from tuner.errors import FitError
from tuner.space.encoding import Column
from tuner.surrogates import GaussianProcess, single_task
from tuner.surrogates.make import make_surrogate
from tuner.surrogates.sampling import draws_for


def of_size(rows):
    """What threads are set by, without any numbers."""
    return SimpleNamespace(ids=range(rows), sources=())


SPECS = {
    "numpy": GaussianProcess(),
    "one process": GaussianProcess(draws=0, transforms=("plain",)),
    "botorch": GaussianProcess(engine="botorch", device="cpu", draws=1),
}

HOSTILE = {
    "one huge divergence": [1.0, 0.9, 0.8, 0.7, 0.75, 0.6, -1e30],
    "both ends of the doubles": [1e308, -1e308, 1e308, -1e308, 0.0, 1.0, -1.0],
    "denormals": [1e-320, 2e-320, 0.0, 3e-320, 1e-320, 5e-320, 4e-320],
    "a large offset": list(1e12 + np.arange(7.0)),
    "a constant": [3.0] * 7,
    "a constant and failures": [3.0, 3.0, np.nan, 3.0, np.nan, np.nan, 3.0],
    "zeros": [0.0] * 7,
}


@pytest.fixture(params=SPECS)
def surrogate(request):
    made = make_surrogate(SPECS[request.param])
    with made.at_work(of_size(50)):
        yield made


def test_same_dataset_same_model(surrogate, hills):
    first, second = (surrogate.objective(hills).predict(hills.X) for _ in range(2))

    assert (first[0] == second[0]).all()
    assert (first[1] == second[1]).all()


def test_it_learns_a_smooth_function(surrogate, hills):
    X = np.random.default_rng(1).random((200, 3))
    truth = np.sin(5 * X[:, 0]) + X[:, 1] ** 2 - 0.3 * X[:, 2]

    mean, sd = surrogate.objective(hills).predict(X)

    assert np.sqrt(np.mean((mean - truth) ** 2)) < 0.2 * truth.std()
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


def test_known_errors_are_believed(surrogate, believes_known_errors):
    believes_known_errors(surrogate)


def test_errors_known_for_a_few_rows_only_are_not_believed_of_all(surrogate, make_dataset):
    X = np.linspace(0, 1, 10)[:, None]
    errors = np.full((10, 1), np.nan)
    errors[:4] = 0.1

    assert not surrogate.objective(make_dataset(X, X[:, 0], noise_sd=errors)).noise_known


def test_failures_do_not_outvote_known_errors(surrogate, make_dataset):
    X = np.linspace(0, 1, 10)[:, None]
    gains = np.where(np.arange(10) < 4, X[:, 0], np.nan)
    errors = np.where(np.arange(10) < 4, 0.1, np.nan)[:, None]

    assert surrogate.objective(make_dataset(X, gains, noise_sd=errors)).noise_known


@pytest.mark.parametrize(
    ("errors", "known"),
    [([0.001] * 5 + [np.nan] * 6, True), ([np.nan] * 6 + [0.001] * 4 + [0.001] * 2, False)],
    ids=["no longer for half of the rows", "only now for half of the rows"],
)
def test_whether_errors_are_known_is_settled_at_the_anchor(surrogate, make_dataset, errors, known):
    rows = len(errors)
    assert anchor(rows) == 10
    X = np.random.default_rng(8).random((rows, 1))
    gains = -((X[:, 0] - 0.4) ** 2)

    model = surrogate.objective(make_dataset(X, gains, noise_sd=np.array(errors)[:, None]))

    assert model.noise_known == known
    assert model.noise_sd < 0.2  # and not the size of the outcomes


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
    standard = model.scales[0].apply(raw)

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


def test_a_model_says_how_far_its_columns_carry_and_how_much_each_process_is_believed(
    surrogate, make_dataset
):
    X = np.random.default_rng(3).random((40, 2))
    model = surrogate.objective(make_dataset(X, np.sin(9 * X[:, 0]) + 0.01 * X[:, 1]))

    processes = model.processes

    assert processes.share.sum() == pytest.approx(1.0)
    assert (processes.share > 0).all()
    assert processes.steps.shape == (2,)
    assert processes.steps[0] < 0.5 * processes.steps[1]
    assert processes.noise.shape == processes.share.shape
    assert (processes.noise > 0).all()


def test_the_best_of_a_study_is_believed_to_be_good_by_every_process(surrogate, hills):
    processes = surrogate.objective(hills).processes

    mean = processes.look(hills.X).mean[:, :, 0]

    best = hills.Y[:, 0].argmax()
    assert (mean[:, best] > np.quantile(mean, 0.8, axis=1)).all()


def test_failures_next_door_to_a_divergence_are_no_chasm(surrogate, make_dataset):
    X = np.linspace(0, 1, 15)[:, None]
    gains = X[:, 0].copy()
    gains[2] = -1e30
    gains[3] = np.nan

    model = surrogate.objective(make_dataset(X, gains))
    mean = model.processes.share @ model.processes.look(X).mean[:, :, 0]

    assert np.isfinite(mean).all()
    assert mean[14] > mean[3]


def test_what_came_after_the_anchor_still_counts(surrogate, make_dataset):
    rows = 3 + anchor(33)
    assert anchor(rows) < rows
    X = np.random.default_rng(4).random((rows, 1))
    gains = np.sin(3 * X[:, 0])
    news = gains.copy()
    news[-1] += 1.0

    (expected, _), (mean, _) = (
        surrogate.objective(make_dataset(X, values)).predict(X[-1:]) for values in (gains, news)
    )

    assert mean[0] > expected[0] + 0.01


@pytest.mark.parametrize("start", ["a start of results", "a start of failures"])
def test_a_memo_of_earlier_fits_changes_nothing(surrogate, make_dataset, start):
    X = np.random.default_rng(6).random((14, 2))
    gains = np.cos(4 * X[:, 0]) + X[:, 1]
    if start == "a start of failures":
        gains[:9] = np.nan
    at = np.random.default_rng(7).random((5, 2))

    for rows in (9, 11, 12, 13):  # as a study that asks again and again
        with contextlib.suppress(FitError):
            surrogate.objective(make_dataset(X[:rows], gains[:rows]))
    dataset = make_dataset(X, gains)
    warm = surrogate.objective(dataset).predict(at)
    cold = make_surrogate(surrogate.exact.spec).objective(dataset).predict(at)

    assert (warm[0] == cold[0]).all()
    assert (warm[1] == cold[1]).all()


def test_a_changed_past_is_not_taken_for_the_one_that_is_remembered(surrogate, make_dataset):
    X = np.random.default_rng(6).random((14, 2))
    gains = np.cos(4 * X[:, 0]) + X[:, 1]
    at = np.random.default_rng(7).random((5, 2))
    surrogate.objective(make_dataset(X, gains))

    remembering = surrogate.objective(make_dataset(X, -gains)).predict(at)
    fresh = make_surrogate(surrogate.exact.spec).objective(make_dataset(X, -gains)).predict(at)

    assert (remembering[0] == fresh[0]).all()


def test_what_is_settled_is_drawn_less_often():
    draws = [draws_for(rows, 8) for rows in range(1, 1000)]

    assert draws == sorted(draws, reverse=True)
    assert draws[0] == 8
    assert draws[-1] == 0


def test_hyperparameters_of_very_many_rows_follow_from_the_better_half_and_a_sample_of_the_rest(
    surrogate, make_dataset, monkeypatch
):
    monkeypatch.setattr(single_task, "MOST_FITTED", 40)
    fitted, honest = [], surrogate.exact._engine(400).fit

    def fit(evidence, priors):
        fitted.append(evidence.X)
        return honest(evidence, priors)

    monkeypatch.setattr(surrogate.exact._engine(400), "fit", fit)
    X = np.random.default_rng(0).random((400, 1))
    gains = -((X[:, 0] - 0.3) ** 2)

    surrogate.objective(make_dataset(X, gains))

    assert fitted
    best = X[np.argsort(-gains)[:20]]
    for rows in fitted:
        assert len(rows) == 40
        assert set(best.ravel()) <= set(rows.ravel())
        assert rows.max() > 0.7


def test_failures_that_came_after_the_last_anchor_are_learned_from_at_once(surrogate, make_dataset):
    X = np.linspace(0, 1, 14)[:, None]
    gains = X[:, 0].copy()
    gains[[11, 12, 13]] = np.nan

    model = surrogate.survival(make_dataset(X, gains))
    fitted = model.processes.look(X).mean[0, :, 0]

    assert (fitted[:9] > 0.8).all()
    assert (fitted[11:] < -0.5).all()
