"""The conditions under which torch works for us, and the one Cholesky factor with its ladder."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import botorch
import gpytorch
import torch
from botorch.exceptions.errors import ModelFittingError
from linear_operator.utils.errors import NanError, NotPSDError
from threadpoolctl import ThreadpoolController
from torch import Tensor

from tuner.errors import FitError

JITTERS = (0.0, *(10.0**power for power in range(-8, -1)))
"""Added to the diagonal until a Cholesky factor exists: 1e-8, then ten times more each, to 1e-2."""

ALGEBRA = (
    NotPSDError,
    NanError,
    ModelFittingError,
    torch.linalg.LinAlgError,  # type: ignore[attr-defined]  # public, its stub forgets it
)
"""What the libraries raise when a matrix will not be factored."""

SINGLE_THREAD_BELOW = 800
"""Rows below which a second thread costs more in waiting than it saves in arithmetic."""

LEAST_NOISE = 1e-12
"""Below what we ever ask for; GPyTorch would round known noise up to 1e-6 of units that are ours."""

_BENCH = threading.RLock()


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # looks through all loaded libraries: a millisecond each time


@contextmanager
def laboratory(*, rows: int) -> Iterator[None]:
    """Work with torch without a trace: nothing printed, no global number or thread changed.

    Random state and thread count are put back; numerical failures leave as `FitError`. One at a
    time: what is put back is the process's, and a warm-up may run beside the first suggestion.
    """
    with _BENCH, warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        # Notes of the libraries about jitter and line searches: we act on the outcome, a user of
        # the running program could do nothing about them.
        warnings.simplefilter("ignore")
        threads = torch.get_num_threads()
        limit = 1 if rows < SINGLE_THREAD_BELOW else None
        if limit is not None:
            torch.set_num_threads(limit)
        try:
            with (
                _controller().limit(limits=limit),  # numpy's and scipy's own libraries
                botorch.settings.validate_input_scaling(state=False),
                gpytorch.settings.cholesky_max_tries(len(JITTERS) - 1),
                gpytorch.settings.cholesky_jitter(double_value=JITTERS[1]),
                gpytorch.settings.min_fixed_noise(double_value=LEAST_NOISE),
            ):
                yield
        except ALGEBRA as error:
            raise FitError(f"linear algebra failed in the model: {_first_line(error)}") from error
        except (torch.cuda.OutOfMemoryError, NotImplementedError) as error:
            raise FitError(f"the device cannot fit the model: {_first_line(error)}") from error
        finally:
            torch.set_num_threads(threads)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def factor(K: Tensor) -> Tensor:
    """Give the Cholesky factor of K, with as little jitter as it takes; FitError beyond 1e-2."""
    eye = torch.eye(K.shape[-1], dtype=K.dtype, device=K.device)
    for jitter in JITTERS:
        L, info = torch.linalg.cholesky_ex(K + jitter * eye if jitter else K)
        if not info.any() and bool(torch.isfinite(L).all()):
            return L
    raise FitError("the covariance matrix stays singular with a jitter of 1e-2 on its diagonal")
