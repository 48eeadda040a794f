"""What fits processes and answers from them: numpy by default, BoTorch by order or on a GPU."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Protocol

import numpy as np
from threadpoolctl import ThreadpoolController

from tuner.dataset import Floats
from tuner.errors import FitError
from tuner.surrogates.base import Posterior
from tuner.surrogates.exact import ExactGPs
from tuner.surrogates.fitting import Evidence, Fit, fit
from tuner.surrogates.spec import Priors

_BENCH = threading.RLock()


class Engine(Protocol):
    """Where the arithmetic of exact Gaussian processes is done.

    Promises, checked for every engine in `tests/surrogates/test_every_engine.py`: the same optimum,
    posterior and slopes as BoTorch's `SingleTaskGP` with the same priors, up to rounding.
    """

    def fit(self, evidence: Evidence, priors: Priors) -> Fit:
        """Find the most probable hyperparameters."""

    def posterior(
        self, evidences: Sequence[Evidence], thetas: Sequence[Floats]
    ) -> tuple[Posterior, Floats]:
        """Build m processes over the same rows, and give the log likelihood (m,) of each."""

    def at_work(self, rows: int) -> AbstractContextManager[None]:
        """Set threads for so many rows, and put them back; numerical failures leave as FitError."""


class NumpyEngine:
    """Closed forms on numpy and LAPACK: nothing heavy is imported, nothing small is slow."""

    def fit(self, evidence: Evidence, priors: Priors) -> Fit:
        """Find the most probable hyperparameters."""
        return fit(evidence, priors)

    def posterior(
        self, evidences: Sequence[Evidence], thetas: Sequence[Floats]
    ) -> tuple[ExactGPs, Floats]:
        """Build m processes over the same rows, and give the log likelihood (m,) of each."""
        return ExactGPs.of(evidences, thetas)

    @contextmanager
    def at_work(self, rows: int) -> Iterator[None]:  # noqa: ARG002  a GPU would ask
        """Work on one thread.

        A second one waits more than it saves on arrays of this size, whoever else uses the cores, and
        sums that are split otherwise round otherwise: a study would not repeat itself elsewhere. One
        at a time: the threads that are put back are the process's, and two that overlap would put
        back each other's.
        """
        try:
            with _BENCH, _controller().limit(limits=1):
                yield
        except np.linalg.LinAlgError as error:
            raise FitError(f"linear algebra failed in the model: {error}") from error


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # looks through all loaded libraries: a millisecond each time
