"""Every surrogate and every acquisition by name, through the sampler: legal, repeatable, never fatal."""

from importlib.util import find_spec
from typing import get_args

import numpy as np
import pytest
import torch
from botorch.exceptions.errors import ModelFittingError

from tuner.acquisition.spec import Order
from tuner.errors import UsageError
from tuner.samplers import make
from tuner.samplers.make import check_sampler, make_sampler
from tuner.samplers.spec import SearchSpec, Surrogate
from tuner.space import Bool, Choice, Float, Int, Space
from tuner.space.encoding import Encoding
from tuner.study import Finished, History, Opened, Record, Started, Suggested
from tuner.surrogates import catalogue

MIXED = Space(
    (
        Float(name="lr", min=1e-4, max=1.0, log=True),
        Int(name="layers", min=1, max=6),
        Choice(name="optimizer", values=("sgd", "adam", "lion")),
        Float(name="momentum", min=0.0, max=1.0, when="optimizer == 'sgd'"),
        Float(name="decay", min=1e-6, max=1e-2, log=True, or_zero=True),
        Bool(name="amp"),
    ),
    require=("layers * lr <= 3",),
)
ABSENT = {"auto"} | (set() if find_spec("numpyro") else {"saas_nuts"})
SURROGATES = [name for name in get_args(Surrogate) if name not in ABSENT]
SEARCHES = [
    *(SearchSpec(surrogate=name) for name in SURROGATES),
    *(SearchSpec(acquisition=name) for name in get_args(Order)),
    SearchSpec(surrogate="saas", acquisition="knowledge_gradient"),
    SearchSpec(surrogate="laplace", acquisition="thompson"),
    SearchSpec(surrogate="deep_kernel", acquisition="max_value_entropy"),
]
each_search = pytest.mark.parametrize(
    "search", SEARCHES, ids=lambda search: f"{search.surrogate}-{search.acquisition}"
)


def study(count, space=MIXED, *, constrained=False, running=0):
    """A history of points all over the space, some of which failed, and some that still run."""
    history = History()
    config = {
        "metric": {"name": "m", "goal": "minimize"},
        "constraints": [{"metric": "size", "op": "<=", "bound": 4.0}] if constrained else [],
    }

    def write(fact):
        number = history.last + 1
        history.apply(Record(number, "", float(number), "worker", fact))

    write(Opened(study="s", config=config, config_hash=""))
    encoding, rng = Encoding(space), np.random.default_rng(0)
    for trial in range(1, count + running + 1):
        (point,) = encoding.from_unit(rng.random((1, encoding.width)))
        write(Suggested(trial=trial, point=point, method="sobol"))
        write(Started(trial=trial, attempt=1))
        if trial > count:
            continue
        loss = float(np.sum(encoding.encode([point]) ** 2))
        end = {"state": "completed", "metrics": {"m": loss, "size": loss}}
        if trial % 5 == 0:
            end = {"state": "failed", "failure": "crash"}
        write(Finished(trial=trial, attempt=1, **end))
    return history


def asked(search, history, count=1, space=MIXED):
    torch.set_num_threads(1)
    sampler = make_sampler(search, space, seed=0, devices_taken=True)
    return sampler.suggest(history, count, np.random.default_rng(1))


@pytest.fixture
def short_fits(monkeypatch):
    """Fits of the library's models end after a few steps, of the robust one at two of its levels."""
    monkeypatch.setattr(catalogue, "TURNS", 20)
    monkeypatch.setattr(catalogue, "CORRUPTED", (0.0, 0.1))


@each_search
@pytest.mark.usefixtures("short_fits")
def test_suggestions_are_legal_new_repeatable_and_the_models_own(search):
    history = study(14, constrained=True, running=2)

    first, second = (asked(search, history, 2) for _ in range(2))

    assert [s.point for s in first] == [s.point for s in second]
    assert len({MIXED.key(p) for p in [*(s.point for s in first), *history.points()]}) == 18
    for suggestion in first:
        assert suggestion.method == "bayes"
        assert suggestion.reason is None
        assert MIXED.point(suggestion.point) == suggestion.point
        assert MIXED.violations(suggestion.point) == []
        assert np.isfinite([suggestion.mean, suggestion.sd, suggestion.acquisition]).all()


@pytest.mark.parametrize("name", ["deep_kernel", "mixed"])
def test_a_model_that_cannot_be_fitted_leaves_the_turn_to_the_exact_one_and_says_so(
    monkeypatch, name
):
    attempts = []

    def refuse(*_args, **how):
        attempts.append(how)
        raise ModelFittingError("all attempts to fit the model have failed")

    monkeypatch.setattr(catalogue, "fit_gpytorch_mll", refuse)
    (suggestion,) = asked(SearchSpec(surrogate=name), study(14))

    assert suggestion.method == "bayes"
    assert suggestion.reason.startswith("the model failed: linear algebra failed in the model: all")
    assert [how["max_attempts"] for how in attempts] == [1]  # a retry would cost as much again


def test_without_jax_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr(make, "find_spec", lambda name: None if name == "numpyro" else name)
    with pytest.raises(UsageError, match="JAX or NumPyro is not installed here") as missing:
        check_sampler(SearchSpec(surrogate="saas_nuts"), MIXED, seed=0)
    assert missing.value.hint.startswith("pip install 'tuner[nuts]'")
