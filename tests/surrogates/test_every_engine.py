"""The promises of `surrogates/engine.py`: every engine gives the same numbers, up to rounding."""

import math
import threading
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from tuner.errors import FitError
from tuner.space.encoding import Column
from tuner.surrogates import engine as engine_module
from tuner.surrogates.botorch import BotorchEngine, TorchPosterior
from tuner.surrogates.engine import FEWEST_KEPT, NumpyEngine
from tuner.surrogates.exact import ExactGPs
from tuner.surrogates.fitting import Evidence, LogPosterior, fit
from tuner.surrogates.make import Engines, make_surrogate
from tuner.surrogates.spec import GaussianProcess
from tuner.surrogates.tensors import CPU, Place

SPEC = GaussianProcess(device="cpu")
PRIORS = SPEC.priors
ENGINES = {"numpy": NumpyEngine(), "botorch": BotorchEngine(SPEC)}


@pytest.fixture(autouse=True)
def _at_work():
    with ENGINES["botorch"].at_work(10):
        yield


@pytest.fixture
def several(mixed):
    """Three processes over the same rows: other outcomes, other hyperparameters."""
    evidences = [mixed, replace(mixed, y=np.sort(mixed.y)), replace(mixed, y=mixed.y**3)]
    rng = np.random.default_rng(0)
    middle = np.array([-0.7, 0.2, 0.3, 0.1, -3.5])
    return evidences, [middle + 0.3 * rng.normal(size=5) for _ in evidences]


def places(count, seed=1):
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.uniform(-0.1, 1.1, (count, 2)), rng.integers(4, size=count)])


def both(several):
    evidences, thetas = several
    return [engine.posterior(evidences, thetas) for engine in ENGINES.values()]


def same(first, second, tolerance=1e-9):
    np.testing.assert_allclose(first, second, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("known", [False, True], ids=["estimated noise", "known noise"])
def test_engines_find_the_same_optimum(mixed, known):
    noise_var = np.linspace(0.01, 0.2, 40) if known else None
    evidence = replace(mixed, noise_var=noise_var)

    ours, theirs = (engine.fit(evidence, PRIORS) for engine in ENGINES.values())

    assert ours.theta == pytest.approx(theirs.theta, abs=0.1)
    posterior = LogPosterior(evidence, PRIORS)
    assert posterior.value(ours.theta) == pytest.approx(posterior.value(theirs.theta), abs=0.05)
    assert ours.density == pytest.approx(theirs.density, abs=1e-3)


def test_the_log_posterior_of_torch_is_the_closed_one_and_so_is_its_gradient(mixed):
    theta = np.array([-0.5, 0.3, 0.1, 0.2, -4.0])
    closed = LogPosterior(mixed, PRIORS)

    loss, slope = TorchPosterior(mixed, PRIORS, Place(fit=CPU, home=CPU)).loss(theta)

    value, gradient, _ = closed.evaluate(theta)
    assert loss == pytest.approx(-value / 40, abs=1e-9)
    assert slope == pytest.approx(-gradient / 40, abs=1e-7)


def test_a_fit_in_single_precision_finds_the_same_place(mixed):
    found = fit(mixed, PRIORS)
    coarse = Place(fit=CPU, home=CPU, fit_dtype=torch.float32)

    single = TorchPosterior(mixed, PRIORS, coarse)
    loss, slope = single.loss(found.theta)

    assert single.likelihood(torch.tensor(found.theta)).dtype == torch.float32
    assert loss == pytest.approx(-found.density, abs=1e-3)
    assert np.abs(slope).max() < 0.02


def test_engines_give_the_same_likelihoods_and_start_with_equal_shares(several):
    (ours, our_likelihoods), (theirs, likelihoods) = both(several)

    same(our_likelihoods, likelihoods)
    same(ours.share, theirs.share)
    assert ours.share == pytest.approx(np.full(3, 1 / 3))
    same(ours.steps, theirs.steps)
    same(ours.noise, theirs.noise)
    closed = [
        LogPosterior(e, PRIORS).value(t) - LogPosterior(e, PRIORS).prior(t)[0]
        for e, t in zip(*several, strict=True)
    ]
    same(our_likelihoods, closed)


def test_engines_believe_the_same_at_every_point(several):
    (ours, _), (theirs, _) = both(several)
    X = np.vstack([places(30), several[0][0].X[:3]])

    first, second = ours.look(X), theirs.look(X)

    assert first.mean.shape == (3, 33, 1)
    assert first.variance.shape == (3, 33)
    same(first.mean, second.mean)
    same(first.variance, second.variance)


@pytest.mark.parametrize("settled", [FEWEST_KEPT, 37, 40])
def test_settled_rows_first_and_then_the_others_is_all_rows_at_once(several, settled):
    evidences, thetas = several
    X = places(20)

    whole, likelihoods = ExactGPs.of(evidences, thetas)
    parted = [replace(evidence, settled=settled) for evidence in evidences]
    ours, our_likelihoods = NumpyEngine().posterior(parted, thetas)

    same(our_likelihoods, likelihoods)
    same(ours.whiten, whole.whiten)
    same(ours.look(X).mean, whole.look(X).mean)
    same(ours.look(X).variance, whole.look(X).variance)


@pytest.fixture
def made(monkeypatch):
    """How many rows each set of processes had that was made since."""
    made, of = [], ExactGPs.of
    monkeypatch.setattr(ExactGPs, "of", lambda *a: made.append(len(a[0][0].y)) or of(*a))
    return made


def test_what_is_kept_of_settled_rows_saves_time_and_changes_nothing(several, made):
    evidences, thetas = several
    engine = NumpyEngine()

    def whiten(engine, evidences, rows):
        parts = [replace(e, X=e.X[:rows], y=e.y[:rows], settled=36) for e in evidences]
        return engine.posterior(parts, thetas)[0].whiten

    kept = [whiten(engine, evidences, rows) for rows in (36, 38, 40)]

    assert made == [36, 36, 36, 36, 38, 40]  # the settled rows of each process, once
    other = [replace(e, X=e.X[::-1]) for e in evidences]
    np.testing.assert_array_equal(whiten(engine, other, 40), whiten(NumpyEngine(), other, 40))
    for rows, old in zip((36, 38, 40), kept, strict=True):
        np.testing.assert_array_equal(old, whiten(NumpyEngine(), evidences, rows))


@pytest.mark.parametrize("known", [{"noise_var": np.full(40, 0.1)}, {"settled": 5}], ids=str)
def test_nothing_is_kept_where_noise_is_known_or_little_would_be_saved(several, known, made):
    evidences, thetas = several

    NumpyEngine().posterior([replace(e, **({"settled": 36} | known)) for e in evidences], thetas)

    assert made == [40]


def test_what_was_not_asked_for_longest_is_not_kept(several, made, monkeypatch):
    monkeypatch.setattr(engine_module, "MOST_KEPT", 6 * 35**2)
    evidences, thetas = several
    engine = NumpyEngine()

    def ask(settled):
        made.clear()
        engine.posterior([replace(e, settled=settled) for e in evidences], thetas)
        return made.count(settled)

    assert [ask(settled) for settled in (33, 34, 33, 34)] == [3, 3, 0, 0]
    assert [ask(settled) for settled in (35, 34, 33)] == [3, 0, 3]


def test_at_its_own_rows_a_process_expects_what_the_kernel_says(several):
    gps, _ = NumpyEngine().posterior(*several)
    X = several[0][0].X

    same(gps.means(X), gps.look(X).mean[:, :, 0])
    same(gps.only([2, 0, 1]).means(X), gps.look(X).mean[[2, 0, 1], :, 0])
    given = gps.given(X[:2] + 0.01, np.ones((3, 2, 1)))
    everything = np.vstack([X, X[:2] + 0.01])
    same(given.means(everything), given.look(everything).mean[:, :, 0])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch sees no CUDA GPU")
def test_a_gpu_fits_and_believes_the_same(mixed, several):
    gpu = BotorchEngine(GaussianProcess(engine="botorch", device="cuda"))
    X = places(30)

    first, second = NumpyEngine().posterior(*several)[0], gpu.posterior(*several)[0]

    assert gpu.fit(mixed, PRIORS).density == pytest.approx(fit(mixed, PRIORS).density, abs=1e-3)
    same(first.look(X).mean, second.look(X).mean, 1e-7)
    same(first.look(X).variance, second.look(X).variance, 1e-7)


def test_engines_know_the_same_slopes(several):
    (ours, _), (theirs, _) = both(several)
    X = places(12)
    rng = np.random.default_rng(2)
    by_mean, by_variance = rng.normal(size=(3, 12, 1)), rng.normal(size=(3, 12))

    first, second = (gps.look(X).back(by_mean, by_variance) for gps in (ours, theirs))

    assert first.shape == (12, 3)
    assert (first[:, 2] == 0).all()  # of a category
    same(first, second)


def test_slopes_are_those_of_finite_differences(several):
    (ours, _), _ = both(several)
    X = places(6)
    rng = np.random.default_rng(3)
    by_mean, by_variance = rng.normal(size=(3, 6, 1)), rng.normal(size=(3, 6))

    def total(at):
        look = ours.look(at)
        return (look.mean * by_mean).sum(axis=(0, 2)) + (look.variance * by_variance).sum(axis=0)

    slopes = ours.look(X).back(by_mean, by_variance)

    for column in (0, 1):
        step = np.zeros(3)
        step[column] = 1e-6
        numeric = (total(X + step) - total(X - step)) / 2e-6
        assert slopes[:, column] == pytest.approx(numeric, rel=1e-5, abs=1e-6)


def test_engines_believe_the_same_of_points_together(several):
    (ours, _), (theirs, _) = both(several)
    X = places(7)

    (mean, covariance), (their_mean, their_covariance) = ours.joint(X), theirs.joint(X)

    same(mean, their_mean)
    same(covariance, their_covariance)
    look = ours.look(X)
    same(mean, look.mean[:, :, 0])
    for gps in (ours, theirs):
        same(gps.means(X), mean)
    same(np.einsum("mkk->mk", covariance), look.variance)


def test_engines_learn_the_same_from_values_that_may_come(several):
    (ours, _), (theirs, _) = both(several)
    P, X = places(2, seed=8), places(9)
    versions = np.random.default_rng(4).normal(size=(3, 2, 5))

    first, second = ours.given(P, versions), theirs.given(P, versions)

    assert first.look(X).mean.shape == (3, 9, 5)
    same(first.look(X).mean, second.look(X).mean, 1e-7)
    same(first.look(X).variance, second.look(X).variance, 1e-7)
    same(first.look(P).mean, versions, 1e-3)
    by_mean, by_variance = np.ones((3, 9, 5)), np.ones((3, 9))
    same(*(gps.look(X).back(by_mean, by_variance) for gps in (first, second)), 1e-6)
    again = np.random.default_rng(6).normal(size=(3, 1, 5))
    far = places(1, seed=11)
    same(*(gps.given(far, again).look(X).mean for gps in (first, second)), 1e-6)


def test_values_of_a_process_that_varies_little_are_as_certain_in_every_engine(mixed):
    theta = np.array([-0.5, 0.3, 0.1, math.log(0.01), math.log(1e-4)])
    ours, theirs = (engine.posterior([mixed], [theta])[0] for engine in ENGINES.values())
    P = places(1, seed=8)

    first, second = (gps.given(P, np.full((1, 1, 1), 0.5)).look(P) for gps in (ours, theirs))

    same(first.mean, second.mean, 1e-7)
    same(first.variance / 0.01, second.variance / 0.01, 1e-7)


def test_some_of_the_processes_are_what_they_were_among_all(several):
    for gps, _ in both(several):
        X = places(5)
        weighed = gps.believed(np.array([0.5, 0.1, 0.4]), [2, 0])

        assert weighed.share == pytest.approx([0.4 / 0.9, 0.5 / 0.9])
        same(weighed.look(X).mean, gps.look(X).mean[[2, 0]])
        same(weighed.only([1]).look(X).variance, gps.look(X).variance[[0]])
        assert weighed.only([1]).share == pytest.approx([1.0])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_variance_is_above_zero_even_where_everything_is_known(mixed, engine):
    theta = np.array([2.9, 2.9, 2.9, 5.0, math.log(1e-4)])

    look = ENGINES[engine].posterior([mixed], [theta])[0].look(mixed.X)

    assert (look.variance > 0).all()
    assert np.isfinite(look.back(np.ones((1, 40, 1)), np.ones((1, 40)))).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_matrix_beyond_help_is_a_fit_error_in_our_words(mixed, engine):
    spoiled = replace(mixed, X=np.where(np.arange(3) == 0, np.nan, mixed.X))

    with pytest.raises(FitError, match="jitter of 1e-2"):
        ENGINES[engine].posterior([spoiled], [np.zeros(5)])


def test_with_many_rows_botorch_does_not_turn_to_another_algebra():
    rng = np.random.default_rng(0)
    columns = (Column("x", "x", "real", None), Column("y", "y", "real", None))
    X = rng.random((850, 2))
    y = np.sin(20 * X[:, 0]) + X[:, 1]
    evidence = Evidence(columns=columns, X=X, y=y)
    theta = np.array([-2.0, -1.0, 0.0, math.log(1e-4)])
    at = rng.random((5, 2))

    ours, theirs = (
        engine.posterior([evidence], [theta])[0].look(at) for engine in ENGINES.values()
    )

    same(ours.mean, theirs.mean, 1e-6)
    same(ours.variance, theirs.variance, 1e-6)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_at_work_puts_threads_back(engine):
    def threads():
        return [library["num_threads"] for library in threadpool_info()]

    before = threads()
    with ENGINES[engine].at_work(50):
        assert set(threads()) == {1}
    assert threads() == before


def test_engines_at_work_in_two_threads_do_not_put_back_each_others_threads():
    inside, done, order = threading.Event(), threading.Event(), []

    def other():
        inside.wait()
        with ENGINES["numpy"].at_work(50):
            order.append("other begins")
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with ENGINES["numpy"].at_work(50):
        inside.set()
        done.wait(0.2)
        order.append("first ends")
    thread.join()

    assert order == ["first ends", "other begins"]


def test_the_engine_is_numpy_unless_botorch_is_asked_for_by_name_or_device():
    def kind(rows=100, **order):
        return type(Engines(GaussianProcess(**order))(rows)).__name__

    assert kind() == kind(device="cpu") == kind(engine="numpy", device="cuda") == "NumpyEngine"
    assert kind(engine="botorch") == kind(device="cuda") == kind(device="mps") == "BotorchEngine"


@pytest.mark.parametrize("draws", [0, GaussianProcess().draws])
def test_a_surrogate_on_botorch_believes_what_one_on_numpy_believes(hills, draws):
    X = np.random.default_rng(1).random((50, 3))
    order = replace(SPEC, draws=draws)

    ours, theirs = (
        make_surrogate(replace(order, engine=engine)).objective(hills).predict(X)
        for engine in ("numpy", "botorch")
    )

    spread = np.ptp(ours[0])
    assert np.abs(ours[0] - theirs[0]).max() < 0.05 * spread
    assert np.abs(ours[1] - theirs[1]).max() < 0.05 * spread


@pytest.mark.parametrize(
    ("engine", "error"),
    [("numpy", np.linalg.LinAlgError), ("botorch", torch.linalg.LinAlgError)],
)
def test_a_library_that_gives_up_is_answered_with_a_fit_error(engine, error):
    with pytest.raises(FitError, match="linear algebra failed"), ENGINES[engine].at_work(10):
        raise error("the input is not positive-definite")


def test_nothing_is_said_of_jitter_or_scaling_while_an_engine_is_at_work(several):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with ENGINES["botorch"].at_work(40):
            gps, _ = ENGINES["botorch"].posterior(*several)
            gps.look(places(3))

    assert heard == []


@pytest.mark.parametrize(
    ("spare", "device", "rows", "expected"),
    [
        (True, True, 1000, BotorchEngine),
        (True, True, 999, NumpyEngine),
        (True, False, 100_000, NumpyEngine),
        (False, True, 100_000, NumpyEngine),
    ],
    ids=["it pays", "too few results", "no GPU in this machine", "jobs want it"],
)
def test_a_gpu_is_taken_only_where_one_is_spare_and_pays(
    monkeypatch, spare, device, rows, expected
):
    monkeypatch.setattr("tuner.surrogates.make.has_gpu_device", lambda: device)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    engines = Engines(GaussianProcess(spare_gpu=spare))

    assert type(engines(rows)) is expected
