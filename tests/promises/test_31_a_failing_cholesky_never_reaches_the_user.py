"""Promise 31: jitter times ten up to 1e-2, then a space-filling point with its reason noted."""

import numpy as np
import pytest
import torch

from tuner.samplers.make import make_sampler
from tuner.samplers.spec import SearchSpec
from tuner.space import Float, Space
from tuner.study import Finished, History, Opened, Record, Suggested
from tuner.surrogates import botorch, exact, factors, fitting

SPACE = Space((Float(name="x", min=0.0, max=1.0), Float(name="y", min=0.0, max=1.0)))


@pytest.fixture
def history():
    """Twelve ended trials."""
    history = History()
    facts = [Opened(study="s", config={"metric": {"name": "m"}}, config_hash="")]
    for number, (x, y) in enumerate(np.random.default_rng(0).random((12, 2)), start=1):
        facts.append(Suggested(trial=number, point={"x": x, "y": y}, method="sobol"))
        facts.append(
            Finished(trial=number, attempt=1, state="completed", metrics={"m": (x - 0.3) ** 2 + y})
        )
    for number, fact in enumerate(facts, start=1):
        history.apply(Record(number, "2024-01-01T00:00:00Z", float(number), "worker", fact))
    return history


ENGINES = ("numpy", "botorch")


def eye(K):
    """The identity, of the library that K belongs to."""
    return torch.eye(len(K), dtype=K.dtype) if torch.is_tensor(K) else np.eye(len(K))


def spoil(monkeypatch, spoiled):
    """Put `spoiled(K)` in the place of every covariance matrix that is to be factored."""
    for module in (fitting, factors, botorch):
        honest = module.factor
        monkeypatch.setattr(module, "factor", lambda K, honest=honest: honest(spoiled(K)))


def suggestion(history, engine):
    sampler = make_sampler(SearchSpec(engine=engine), SPACE, seed=3, devices_taken=True)
    (given,) = sampler.suggest(history, 1, np.random.default_rng(0))
    return given


@pytest.mark.parametrize("engine", ENGINES)
def test_31_a_matrix_that_is_singular_up_to_rounding_is_helped(monkeypatch, history, engine):
    smallest = []

    def singular(K):
        """Take away what the smallest eigenvalue has, and a little less than the largest jitter."""
        least = float(np.linalg.eigvalsh(K.detach().numpy() if torch.is_tensor(K) else K)[0])
        smallest.append(least)
        return K - (least + 5e-3) * eye(K)

    spoil(monkeypatch, singular)

    given = suggestion(history, engine)

    assert smallest
    assert given.method == "bayes"
    assert given.reason is None
    assert SPACE.point(given.point) == given.point


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "spoiled",
    [lambda K: -eye(K), lambda K: K * np.nan, lambda K: K - 10.0],
    ids=["negative", "not a number", "indefinite"],
)
def test_31_a_matrix_beyond_help_gives_a_sobol_point_and_says_why(
    monkeypatch, history, spoiled, engine
):
    spoil(monkeypatch, spoiled)

    given = suggestion(history, engine)

    assert given.method == "sobol"
    assert "the model failed" in given.reason
    assert "jitter" in given.reason
    assert SPACE.point(given.point) == given.point


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("step", ["look", "given"])
def test_31_a_library_that_gives_up_later_is_answered_in_the_same_way(
    monkeypatch, history, engine, step
):
    error, processes = {
        "numpy": (np.linalg.LinAlgError("Matrix is not positive definite"), exact.ExactGPs),
        "botorch": (torch.linalg.LinAlgError("not positive-definite"), botorch.BotorchGPs),
    }[engine]

    def broken(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(processes, step, broken)
    waiting = Suggested(trial=13, point={"x": 0.5, "y": 0.5}, method="sobol")
    history.apply(
        Record(history.last + 1, "2024-01-01T00:00:00Z", float(history.last + 1), "worker", waiting)
    )

    given = suggestion(history, engine)

    assert given.method == "sobol"
    assert "the model failed" in given.reason
    assert "positive" in given.reason
