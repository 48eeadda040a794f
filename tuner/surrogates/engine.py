"""What fits processes and answers from them: numpy by default, BoTorch by order or on a GPU."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from typing import Protocol

import numpy as np
from threadpoolctl import ThreadpoolController

from tuner.dataset import Floats
from tuner.errors import FitError
from tuner.surrogates.base import Posterior
from tuner.surrogates.exact import ExactGPs
from tuner.surrogates.fitting import Evidence, Fit, fit
from tuner.surrogates.spec import Priors

FEWEST_KEPT = 32
"""Rows below which it costs no more to do all of it again."""

MOST_KEPT = 2**23
"""Numbers that are kept, in 64 MB: of 1,000 rows those of eight processes."""

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
    """Closed forms on numpy and LAPACK: nothing heavy is imported, nothing small is slow.

    From one anchor to the next hyperparameters and most rows are the same: what costs the cube of
    their number, the inverse factor of those rows, is kept. It is made and continued in the same
    way whether it was kept or not, so that the memo saves time and changes nothing.
    """

    def __init__(self) -> None:
        self._heads: OrderedDict[tuple[object, ...], Floats] = OrderedDict()

    def fit(self, evidence: Evidence, priors: Priors) -> Fit:
        """Find the most probable hyperparameters."""
        return fit(evidence, priors)

    def posterior(
        self, evidences: Sequence[Evidence], thetas: Sequence[Floats]
    ) -> tuple[ExactGPs, Floats]:
        """Build m processes over the same rows, and give the log likelihood (m,) of each."""
        first = evidences[0]
        told = first.basis is not None or any(one.noise_var is not None for one in evidences)
        if told or first.settled < FEWEST_KEPT:
            return ExactGPs.of(evidences, thetas)
        return ExactGPs.of(evidences, thetas, self._heads_of(first, thetas))

    def _heads_of(self, evidence: Evidence, thetas: Sequence[Floats]) -> list[Floats]:
        """Give the inverse factors (r, r) of the settled rows under hyperparameters."""
        X, y = evidence.X[: evidence.settled], evidence.y[: evidence.settled]
        rows = replace(evidence, X=X, y=y)
        stamp = blake2b(X.tobytes()).digest()
        return [self._head((evidence.columns, stamp, t.tobytes()), rows, t) for t in thetas]

    def _head(self, key: tuple[object, ...], rows: Evidence, theta: Floats) -> Floats:
        head = self._heads.pop(key, None)
        if head is None:
            head = ExactGPs.of([rows], [theta])[0].whiten[0]
        self._heads[key] = head  # the last one that was asked for
        while len(self._heads) > 1 and sum(map(np.size, self._heads.values())) > MOST_KEPT:
            self._heads.popitem(last=False)
        return head

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
