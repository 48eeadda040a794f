"""Promise 31: jitter times ten up to 1e-2, then a space-filling point with its reason noted."""

import numpy as np
import pytest
import torch

from tuner.samplers.make import make_sampler
from tuner.samplers.spec import SearchSpec
from tuner.space import Float, Space
from tuner.study import Finished, History, Opened, Record, Suggested
from tuner.surrogates import exact, fitting

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


def spoil(monkeypatch, spoiled):
    """Put `spoiled(K)` in the place of every square covariance matrix."""
    honest = fitting.correlation

    def correlation(X, Z, length_scale, category):
        K = honest(X, Z, length_scale, category)
        return spoiled(K) if X is Z and X.dim() == 2 else K

    monkeypatch.setattr(fitting, "correlation", correlation)
    monkeypatch.setattr(exact, "correlation", correlation)


def suggestion(history):
    sampler = make_sampler(SearchSpec(), SPACE, seed=3, devices_taken=True)
    (given,) = sampler.suggest(history, 1, np.random.default_rng(0))
    return given


def test_31_a_matrix_that_is_singular_up_to_rounding_is_helped(monkeypatch, history):
    missing = 2e-3  # more than any noise the fit starts from, less than the largest jitter
    spoil(monkeypatch, lambda K: K - missing * torch.eye(len(K), dtype=K.dtype))

    given = suggestion(history)

    assert given.method == "bayes"
    assert SPACE.point(given.point) == given.point


@pytest.mark.parametrize(
    "spoiled",
    [lambda K: -torch.eye(len(K), dtype=K.dtype), lambda K: K * torch.nan, lambda K: K - 1.0],
    ids=["negative", "not a number", "indefinite"],
)
def test_31_a_matrix_beyond_help_gives_a_sobol_point_and_says_why(monkeypatch, history, spoiled):
    spoil(monkeypatch, spoiled)

    given = suggestion(history)

    assert given.method == "sobol"
    assert "the model failed" in given.reason
    assert "jitter" in given.reason
    assert SPACE.point(given.point) == given.point


def test_31_a_library_that_gives_up_later_is_answered_in_the_same_way(monkeypatch, history):
    def broken(*_args, **_kwargs):
        raise torch.linalg.LinAlgError("torch.linalg.cholesky: the input is not positive-definite")

    monkeypatch.setattr(exact.ExactGP, "posterior", broken)

    given = suggestion(history)

    assert given.method == "sobol"
    assert "linear algebra failed" in given.reason
