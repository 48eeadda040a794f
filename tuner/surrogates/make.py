"""From what was ordered to what does it: the room's door to torch."""

from typing import assert_never

from tuner.surrogates.base import Surrogate
from tuner.surrogates.laboratory import laboratory
from tuner.surrogates.single_task import SingleTaskSurrogate
from tuner.surrogates.spec import GaussianProcess, SurrogateSpec

__all__ = ["laboratory", "make_surrogate"]


def make_surrogate(spec: SurrogateSpec) -> Surrogate:
    """Build what `spec` describes."""
    match spec:
        case GaussianProcess():
            return SingleTaskSurrogate(spec)
        case _:
            assert_never(spec)
