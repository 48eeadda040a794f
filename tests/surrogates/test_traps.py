"""Traps of BoTorch 0.18.1 that we could fall into, a test each; and that the others stay out of reach.

| trap | here |
|---|---|
| 1, 2: options that `optimize_acqf` takes wrongly or slowly | nothing of BoTorch optimises a criterion; fits give `maxiter` only |
| 3: the batched fit needs SciPy below 1.18 | pinned; no model of ours is fitted by it |
| 4: the compiled EHVI | no criterion of BoTorch's is imported |
| 5: `fixed_features` with nonlinear constraints | as 1 |
| 6: five attempts at a fit | one, of every model |
| 7: `timeout_sec` is ignored for batched models | never given |
| 8: analytic criteria move the model and refuse pending points | as 4 |
| 9: `MultiTaskGP` has no `cache_root`, `MixedSingleTaskGP` no prior on categories | the first is never asked for it, the second believes sound things |
| 10: batches are fitted as independent problems | no batch is fitted: the ensemble of `saas` is our own closed form |
| 11: BoTorch depends on ninja, threadpoolctl, pyre_extensions | what we import ourselves is declared by ourselves |
| 12: the next version differs | pinned below 0.19 |
"""

import ast
import re
import sys
import tomllib
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import botorch.optim.batched_lbfgs_b as batched
import botorch.optim.fit as fits
import numpy as np
import pytest
from botorch.acquisition.cached_cholesky import supports_cache_root
from botorch.models.multitask import KroneckerMultiTaskGP, MultiTaskGP
from botorch.optim.core import OptimizationResult, OptimizationStatus
from packaging.requirements import Requirement

from tuner.dataset import Source
from tuner.errors import FitError
from tuner.surrogates import GaussianProcess, catalogue
from tuner.surrogates.laboratory import laboratory
from tuner.surrogates.make import make_surrogate
from tuner.surrogates.multi_output import fit_outcomes

ROOT = Path(__file__).parents[2]
UNFITTED = ("laplace", "saas_nuts")  # the first is trained by our own code, the second is drawn
FITTED = [kind for kind in catalogue.BUILDERS if kind not in UNFITTED]
TASKS = ["icm", "lmc"]
OUTCOMES = ["complete", "missing"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
FAST = {
    "maxiter",
    "ftol",
    "pgtol",
    "factr",
    "tol",
    "maxls",
}  # what the batched fit takes, and no more
NAMES = {"yaml": "pyyaml", "pynvml": "nvidia-ml-py", "mlflow": "mlflow-skinny"}


def imported():
    """Give every module, and every name of one, that the package imports anywhere."""
    found = set()
    for file in sorted((ROOT / "tuner").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def pinned(name):
    (found,) = [r for r in map(Requirement, PROJECT["dependencies"]) if r.name == name]
    return found.specifier


@pytest.fixture
def fit(mixed, hills):
    """Fit a model of the catalogue, of this study and an older one, or of two outcomes, to a few rows."""

    def build(kind, evidence=mixed):
        with laboratory(rows=len(evidence.y)):
            if kind in TASKS:
                older = Source(name="older", mode=kind, X=hills.X[10:], gains=hills.Y[10:, 0])
                believed = replace(hills, sources=(older,), spread=hills.X)
                return make_surrogate(GaussianProcess(draws=0, turn=0)).objective(believed)
            if kind in OUTCOMES:
                Y = np.column_stack([hills.Y[:, 0], hills.X[:, 0]])
                Y[8:, 1] = np.nan if kind == "missing" else Y[8:, 1]
                return fit_outcomes(hills.X, Y)
            return catalogue.BUILDERS[kind](evidence)

    return build


@pytest.fixture
def given(monkeypatch):
    """The words that fits give to their optimiser, which then takes a few steps only."""
    noted = []
    real = fits.scipy_minimize

    def minimize(*rows, **words):
        noted.append(words)
        return real(*rows, **words | {"options": words["options"] | {"maxiter": 3}})

    monkeypatch.setattr(fits, "scipy_minimize", minimize)
    return noted


def test_no_criterion_and_no_optimiser_of_criteria_of_botorchs_is_used():
    rooms = ("botorch.acquisition", "botorch.generation", "botorch.optim.optimize")
    names = imported()

    assert "botorch.models.gp_regression.SingleTaskGP" in names
    assert [name for name in names if name.startswith(rooms)] == []
    assert [name for name in names if re.search("optimize_acqf|EHVI|NEHVI", name)] == []


def test_models_of_several_tasks_are_used_and_never_asked_for_a_cached_root():
    names = imported()

    for model in (MultiTaskGP, KroneckerMultiTaskGP):
        assert f"botorch.models.multitask.{model.__name__}" in names
        assert not supports_cache_root(object.__new__(model))
    words = [file.read_text(encoding="utf-8") for file in (ROOT / "tuner").rglob("*.py")]
    assert not any("cache_root" in text for text in words)


@pytest.mark.parametrize("kind", [*FITTED, *TASKS, *OUTCOMES])
def test_a_fit_is_given_no_option_that_is_slow_wrong_or_ignored(fit, given, kind):
    fit(kind)

    own = {"gtol"} if kind == "robust" else set()  # the library's, where nothing is a batch
    assert given
    for words in given:
        assert words["timeout_sec"] is None
        assert "maxiter" in words["options"]
        assert set(words["options"]) <= FAST | own


def test_the_versions_are_those_that_the_batched_fit_was_made_for():
    for name, next_one in (("scipy", "1.18.0"), ("botorch", "0.19.0")):
        assert version(name) in pinned(name)
        assert next_one not in pinned(name)


@pytest.mark.parametrize("kind", [*FITTED, *TASKS, *OUTCOMES])
def test_no_model_is_fitted_as_a_batch_of_independent_problems(fit, given, monkeypatch, kind):
    def fmin(*_given, **_more):
        raise AssertionError("a batch was fitted")

    monkeypatch.setattr(batched, "fmin_l_bfgs_b_batched", fmin)

    fit(kind)

    assert given


@pytest.mark.parametrize("kind", [*FITTED, *TASKS, *OUTCOMES])
def test_a_fit_that_ends_badly_is_not_tried_again_from_chance(fit, monkeypatch, kind):
    attempts = []

    def bad(*_given, **_more):
        attempts.append(1)
        status = OptimizationStatus.FAILURE
        return OptimizationResult(fval=0.0, step=1, status=status, message="ABNORMAL")

    monkeypatch.setattr(fits, "scipy_minimize", bad)
    with suppress(FitError):
        fit(kind)

    # `robust` chooses among several: one with every row in doubt, and one a share of corrupted rows
    assert len(attempts) == (1 + len(catalogue.CORRUPTED) if kind == "robust" else 1)


@pytest.mark.parametrize("levels", ["none matters", "each row its own"])
def test_categories_without_a_prior_on_their_length_scales_leave_sound_beliefs(fit, mixed, levels):
    X = mixed.X.copy()
    columns = list(mixed.columns)
    y = np.sin(6 * X[:, 0])
    if levels == "each row its own":
        columns[2] = replace(columns[2], levels=len(X))
        X[:, 2] = np.arange(len(X))
        y = np.random.default_rng(0).normal(size=len(X))
    evidence = replace(mixed, columns=tuple(columns), X=X, y=(y - y.mean()) / y.std())

    fitted = fit("mixed", evidence)
    with laboratory(rows=len(X)):
        look = catalogue.processes_of(fitted.believer, fitted.inputs, fitted.steps).look(X)

    assert np.isfinite(look.mean).all()
    assert (look.variance > 0).all()
    assert (look.variance < 5).all()  # in units of the data's own


def test_every_library_that_is_imported_is_a_dependency_of_ours_and_not_only_of_botorchs():
    optional = [r for group in PROJECT["optional-dependencies"].values() for r in group]
    declared = {
        Requirement(text).name.lower().replace("_", "-")
        for text in (*PROJECT["dependencies"], *optional)
    }
    tops = {name.partition(".")[0] for name in imported()} - set(sys.stdlib_module_names)
    tops -= {"tuner", "__future__"}

    assert {"torch", "threadpoolctl"} <= tops
    assert {NAMES.get(top, top).replace("_", "-") for top in tops} - declared == set()
