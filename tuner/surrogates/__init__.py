"""What the objective might look like. Torch lives behind `make`; `spec` and `base` are light."""

from tuner.surrogates.base import Model, Surrogate
from tuner.surrogates.spec import GaussianProcess, SurrogateSpec

__all__ = ["GaussianProcess", "Model", "Surrogate", "SurrogateSpec"]
