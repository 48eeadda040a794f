"""Where tensors live: the device and precision of a fit, and numpy to torch and back."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tuner.dataset import Floats
from tuner.errors import UsageError
from tuner.surrogates.spec import GaussianProcess


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where hyperparameters are fitted and where the fitted model then lives.

    Double precision always, with one exception: Apple's GPUs have none, so there only the fit runs
    on the GPU, in single precision, and the model lives on the CPU.
    """

    fit: torch.device
    home: torch.device
    fit_dtype: torch.dtype = torch.float64

    def tensor(self, array: Floats) -> Tensor:
        """Give `array` as a double tensor where the model lives."""
        return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float64)).to(self.home)


CPU = torch.device("cpu")


def place_for(spec: GaussianProcess, rows: int) -> Place:
    """Choose the device for a fit of so many rows, or say why the one asked for cannot be had."""
    match spec.device:
        case "cpu":
            return Place(fit=CPU, home=CPU)
        case "cuda":
            if not torch.cuda.is_available():
                raise UsageError(
                    "search.device: cuda was asked for, and PyTorch sees no CUDA GPU here",
                    hint="use device: auto or cpu, or install a CUDA build of PyTorch",
                )
            return Place(fit=torch.device("cuda"), home=torch.device("cuda"))
        case "mps":
            if not torch.backends.mps.is_available():
                raise UsageError(
                    "search.device: mps was asked for, and PyTorch sees no Apple GPU here",
                    hint="use device: auto or cpu",
                )
            return Place(fit=torch.device("mps"), home=CPU, fit_dtype=torch.float32)
        case "auto":
            if spec.spare_gpu and rows >= spec.gpu_from and torch.cuda.is_available():
                return Place(fit=torch.device("cuda"), home=torch.device("cuda"))
            return Place(fit=CPU, home=CPU)


def array(tensor: Tensor) -> Floats:
    """Give a tensor as a numpy array of doubles."""
    return tensor.detach().cpu().double().numpy()
