"""What can be ordered: which model, and on which device it may be fitted."""

from dataclasses import dataclass
from typing import Literal

Device = Literal["auto", "cpu", "cuda", "mps"]


@dataclass(frozen=True, kw_only=True)
class GaussianProcess:
    """One exact Gaussian process an outcome.

    Attributes:
        device: auto uses a CUDA GPU only when `spare_gpu` says that no job wants it and there are
            at least `gpu_from` rows: below that launching kernels costs more than they save.
        spare_gpu: no training slot is lost when the model takes a GPU.
        gpu_from: an estimate; where a core's factorisation takes as long as its launches on a GPU.
    """

    device: Device = "auto"
    spare_gpu: bool = False
    gpu_from: int = 1000


SurrogateSpec = GaussianProcess
