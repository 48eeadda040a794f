"""What every model that can be ordered by name promises: gp and the library's, listed by their type."""

from importlib.util import find_spec
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from tuner.errors import FitError
from tuner.space.encoding import Column
from tuner.surrogates import GaussianProcess, catalogue
from tuner.surrogates.catalogue import BUILDERS
from tuner.surrogates.fitting import Evidence
from tuner.surrogates.laplace import fit_network, jacobians
from tuner.surrogates.make import make_surrogate
from tuner.surrogates.spec import CatalogueModel, Kind, SparseProcess


def of_size(rows):
    """What threads are set by, without any numbers."""
    return SimpleNamespace(ids=range(rows), sources=())


KINDS = get_args(Kind)
HERE = [kind for kind in KINDS if kind != "saas_nuts" or find_spec("numpyro")]
SPECS = {
    "gp": GaussianProcess(),
    "saas": SparseProcess(fewest=4),
    **{kind: CatalogueModel(kind=kind) for kind in HERE},
}
BRANCHING = (
    Column("c", "c", "category", 3),
    Column("x", "x", "real", None),
    Column("y", "y", "real", None, ("c", (0.0, 2.0))),
    Column("g", "g", "category", 2, ("c", (1.0,))),
    Column("z", "z", "real", None, ("g", (1.0,))),
)


@pytest.fixture(params=SPECS)
def surrogate(request, monkeypatch):
    if request.param == "robust":  # it is fitted once for each level
        monkeypatch.setattr(catalogue, "CORRUPTED", (0.0, 0.1))
    if request.param == "saas_nuts":
        nuts = pytest.importorskip("tuner.surrogates.nuts")
        monkeypatch.setattr(nuts, "WARM", 64)
        monkeypatch.setattr(nuts, "DRAWN", 32)
    torch.set_num_threads(1)
    made = make_surrogate(SPECS[request.param])
    with made.at_work(of_size(50)):
        yield made


def branching(count, seed=0):
    """Points of a conditional space with their gains; what is dead rests."""
    rng = np.random.default_rng(seed)
    X = rng.random((count, 5))
    X[:, 0], X[:, 3] = rng.integers(3, size=count), rng.integers(2, size=count)
    X[X[:, 0] == 1, 2] = 0.5
    X[X[:, 0] != 1, 3] = 0
    X[(X[:, 0] != 1) | (X[:, 3] == 0), 4] = 0.5
    lives = X[:, 0] != 1
    gains = np.sin(3 * X[:, 1]) + np.where(lives, X[:, 2], 0.5 * X[:, 3] - (X[:, 4] - 0.3) ** 2)
    return X, gains


@pytest.fixture(scope="module")
def kept():
    """The models of `branched`, by their names."""
    return {}


@pytest.fixture
def branched(request, surrogate, make_dataset, kept):
    """A model of twenty points of a conditional space: fitted once, no test changes it."""
    name = request.node.callspec.params["surrogate"]
    if name not in kept:
        X, gains = branching(20)
        torch.manual_seed(1)
        kept[name] = surrogate.objective(make_dataset(X, gains, columns=BRANCHING))
    return kept[name]


def test_every_kind_has_a_builder():
    assert set(BUILDERS) == set(KINDS)


def test_clean_data_are_gone_through_and_doubt_grows_away_from_them(surrogate, make_dataset):
    X = np.linspace(0.0, 0.5, 16)[:, None]
    gains = np.sin(7 * X[:, 0])
    model = surrogate.objective(make_dataset(X, gains))

    mean, near = model.predict(X)
    _, far = model.predict(np.array([[1.0]]))

    assert np.abs(mean - gains)[gains > np.median(gains)].max() < 0.15
    assert far[0] > 2 * np.median(near)


def test_twenty_columns_are_none_too_many(surrogate, make_dataset):
    rng = np.random.default_rng(1)
    X = rng.random((40, 20))
    model = surrogate.objective(make_dataset(X, X[:, 3] - 2 * (X[:, 7] - 0.5) ** 2))

    mean, sd = model.predict(rng.random((30, 20)))

    assert np.isfinite(mean).all()
    assert (sd > 0).all()


def test_one_result_is_too_few_and_that_is_said(surrogate, make_dataset):
    with pytest.raises(FitError, match="1 of 1 ended trials have a finite metric"):
        surrogate.objective(make_dataset([[0.3]], [1.0]))


@pytest.mark.parametrize(
    "gains",
    [
        [3.0] * 7,
        [1.0, 0.9, 0.8, 0.7, 0.75, 0.6, -1e30],
        [1e308, -1e308, 1e308, 0.0, 1.0, -1.0, 2.0],
    ],
    ids=["a constant", "a divergence", "both ends of the doubles"],
)
def test_any_numbers_and_repeats_are_taken(surrogate, make_dataset, gains):
    X = np.random.default_rng(0).random((7, 2))
    X[2] = X[1]

    mean, sd = surrogate.objective(make_dataset(X, gains)).predict(X)

    assert np.isfinite(mean).all()
    assert (sd > 0).all()


def test_same_dataset_same_model(surrogate, branched, make_dataset):
    X, gains = branching(20)
    first = branched.predict(X)

    torch.manual_seed(2)
    second = surrogate.objective(make_dataset(X, gains, columns=BRANCHING)).predict(X)

    assert (first[0] == second[0]).all()
    assert (first[1] == second[1]).all()


def test_a_conditional_space_is_learned(surrogate, make_dataset):
    X, gains = branching(60)
    at, truth = branching(100, seed=1)

    mean, _ = surrogate.objective(make_dataset(X, gains, columns=BRANCHING)).predict(at)

    good = truth > np.median(truth)  # the worse half is bent
    assert np.abs(mean - truth)[good].mean() < 0.4 * truth.std()
    assert np.corrcoef(mean, truth)[0, 1] > 0.8


def test_looks_joint_beliefs_and_conditions_agree(branched):
    processes = branched.processes
    at, _ = branching(6, seed=2)
    look = processes.look(at)
    mean, covariance = processes.joint(at)
    m = len(processes.share)

    np.testing.assert_allclose(mean, look.mean[:, :, 0], atol=1e-6)
    np.testing.assert_allclose(processes.means(at), mean, atol=1e-6)
    variance = np.einsum("mkk->mk", covariance)
    np.testing.assert_allclose(variance, look.variance, atol=1e-6, rtol=1e-4)
    both = processes.cross(at[:2], at[2:])
    np.testing.assert_allclose(both, covariance[:, :2, 2:], atol=1e-6)

    values = look.mean[:, :2] + np.array([0.3, -0.2])  # two versions of two points
    then = processes.given(at[:2], values).look(at)
    assert then.mean.shape == (m, 6, 2)
    np.testing.assert_allclose(then.mean[:, :2], values, atol=0.02)
    assert (then.variance < look.variance + 1e-6).all()
    gain = covariance[:, 2:, :2] @ np.linalg.inv(covariance[:, :2, :2] + 1e-9 * np.eye(2))
    expected = look.mean[:, 2:] + gain @ (values - look.mean[:, :2])
    np.testing.assert_allclose(then.mean[:, 2:], expected, atol=0.02)


def test_slopes_are_those_of_finite_differences(branched):
    processes = branched.processes
    X, _ = branching(20)
    at, _ = branching(8, seed=3)
    for asked in (processes, processes.given(X[:1], np.zeros((len(processes.share), 1, 1)))):
        look = asked.look(at)
        by_mean, by_variance = np.full(look.mean.shape, 0.7), np.full(look.variance.shape, -0.4)
        slopes = look.back(by_mean, by_variance)

        assert (slopes[:, [0, 3]] == 0).all()  # of categories
        for column in (1, 2, 4):
            step = 1e-5 * np.eye(5)[column]
            ends = [asked.look(at + sign * step) for sign in (1, -1)]
            totals = [(0.7 * e.mean).sum((0, 2)) - 0.4 * e.variance.sum(0) for e in ends]
            numeric = (totals[0] - totals[1]) / 2e-5
            np.testing.assert_allclose(slopes[:, column], numeric, rtol=2e-3, atol=2e-3)


def test_a_network_believes_what_the_curvature_of_its_weights_says():
    rng = np.random.default_rng(0)
    X = torch.tensor(rng.random((15, 2)))
    y = torch.sin(5 * X[:, :1])
    torch.manual_seed(0)
    believer = fit_network(X, y, None)
    at = torch.tensor(rng.random((6, 2)))

    _, covariance = believer.joint(at)

    J, slopes = believer.J, jacobians(believer.network, believer.weights, at)
    H = J.mT @ J / float(believer.noise[0]) + believer.precision * torch.eye(J.shape[1])
    expected = slopes @ torch.linalg.solve(H, slopes.mT)
    np.testing.assert_allclose(covariance[0].numpy(), expected.numpy(), rtol=1e-5, atol=1e-8)


@pytest.mark.filterwarnings("ignore")
def test_a_network_is_what_laplace_torch_makes_of_it():
    laplace = pytest.importorskip("laplace", reason=".ci/laplace.txt says how to install it")
    X = torch.tensor(np.random.default_rng(0).random((15, 2)))
    y = torch.sin(5 * X[:, :1])
    torch.manual_seed(0)
    believer = fit_network(X, y, None)
    noise = float(believer.noise[0])
    theirs = laplace.Laplace(
        believer.network.requires_grad_(requires_grad=True),
        "regression",
        subset_of_weights="all",
        hessian_structure="full",
        sigma_noise=noise**0.5,
        prior_precision=believer.precision,
    )
    theirs.fit(DataLoader(TensorDataset(X, y), batch_size=15))

    mean, variance = theirs(X[:5])
    ours = believer.marginal(X[:5])

    np.testing.assert_allclose(ours[0][0].detach(), mean[:, 0].detach(), atol=1e-6)
    np.testing.assert_allclose(ours[1][0].detach(), variance[:, 0, 0].detach(), rtol=1e-3)


def test_the_sparse_model_finds_the_columns_that_matter(make_dataset):
    rng = np.random.default_rng(3)
    X = rng.random((60, 40))
    gains = np.sin(6 * X[:, 5]) + 2 * X[:, 17]
    at = rng.random((200, 40))
    truth = np.sin(6 * at[:, 5]) + 2 * at[:, 17]
    errors = {}
    for name in ("gp", "saas"):
        made = make_surrogate(SPECS[name])
        with made.at_work(of_size(60)):
            mean, _ = made.objective(make_dataset(X, gains)).predict(at)
        good = truth > np.median(truth)
        errors[name] = np.abs(mean - truth)[good].mean()

    assert errors["saas"] < 0.5 * errors["gp"]


def test_the_robust_model_is_not_led_astray_by_what_is_corrupted(make_dataset):
    rng = np.random.default_rng(4)
    X = rng.random((40, 1))
    gains = np.sin(6 * X[:, 0])
    corrupted = gains.copy()
    corrupted[[3, 17, 30]] += 1.5
    errors = {}
    for name in ("gp", "robust"):
        made = make_surrogate(SPECS[name])
        with made.at_work(of_size(40)):
            mean, _ = made.objective(make_dataset(X, corrupted)).predict(X)
        errors[name] = np.abs(mean - gains)[gains > 0].mean()

    assert errors["robust"] < 0.5 * errors["gp"]


@pytest.mark.parametrize("kind", ["deep_kernel", "laplace"])
def test_networks_bend_where_a_stationary_kernel_cannot(make_dataset, kind):
    def cliff(Z):
        return np.where(Z[:, 0] + Z[:, 1] > 1.1, -2 - Z[:, 0], 0.0) + np.sin(3 * Z[:, 0])

    specs = {
        "gp": GaussianProcess(draws=0, transforms=("plain",)),
        kind: CatalogueModel(kind=kind, transform="plain"),
    }
    errors = dict.fromkeys(specs, 0.0)
    for seed in (5, 6):
        rng = np.random.default_rng(seed)
        X, at = rng.random((160, 3)), rng.random((300, 3))
        for name, spec in specs.items():
            made = make_surrogate(spec)
            with made.at_work(of_size(160)):
                mean, _ = made.objective(make_dataset(X, cliff(X))).predict(at)
            errors[name] += np.sqrt(np.mean((mean - cliff(at)) ** 2))

    assert errors[kind] < 0.9 * errors["gp"]


def test_known_errors_are_believed(surrogate, believes_known_errors):
    believes_known_errors(surrogate)


def test_evidence_of_categories_alone_is_enough(surrogate, make_dataset):
    columns = (Column("a", "a", "category", 3), Column("b", "b", "category", 4))
    X = np.array([[a, b] for a in range(3) for b in range(4)], dtype=float)
    gains = X[:, 0] - (X[:, 1] - 2) ** 2

    mean, sd = surrogate.objective(make_dataset(X, gains, columns=columns)).predict(X)

    assert np.isfinite(mean).all()
    assert (sd > 0).all()
    assert isinstance(surrogate.constraints(make_dataset(X, gains, columns=columns)), list)


def test_a_library_model_is_given_no_more_rows_than_it_can_bear(make_dataset, monkeypatch):
    seen = []

    def build(evidence: Evidence):
        seen.append(len(evidence.y))
        return honest(evidence)

    honest = BUILDERS["laplace"]
    monkeypatch.setitem(BUILDERS, "laplace", build)
    X = np.random.default_rng(0).random((80, 2))
    made = make_surrogate(CatalogueModel(kind="laplace", most=30))
    with made.at_work(of_size(80)):
        made.objective(make_dataset(X, X[:, 0]))

    assert seen == [30]
