"""From what was ordered to what does it: the room's door to torch."""

from pathlib import Path
from typing import assert_never

from tuner.surrogates.base import Surrogate
from tuner.surrogates.closed import ClosedForm, at_work, closed_form, wide_form
from tuner.surrogates.engine import Engine, NumpyEngine
from tuner.surrogates.functions import Functions
from tuner.surrogates.memory import basis_of
from tuner.surrogates.related import Relations, related, together
from tuner.surrogates.remembering import RememberingSurrogate
from tuner.surrogates.scales import credible
from tuner.surrogates.single_task import SingleTaskSurrogate
from tuner.surrogates.sparse import SparseSurrogate
from tuner.surrogates.spec import (
    CatalogueModel,
    Device,
    GaussianProcess,
    SparseProcess,
    SurrogateSpec,
)

__all__ = [
    "ClosedForm",
    "Functions",
    "Relations",
    "at_work",
    "basis_of",
    "closed_form",
    "credible",
    "has_gpu_device",
    "make_surrogate",
    "related",
    "together",
    "wide_form",
]


def make_surrogate(spec: SurrogateSpec) -> Surrogate:
    """Build what `spec` describes."""
    match spec:
        case GaussianProcess():
            numpy = NumpyEngine()
            return RememberingSurrogate(
                SingleTaskSurrogate(spec, Engines(spec)), SingleTaskSurrogate(spec, lambda _: numpy)
            )
        case SparseProcess():
            exact = SingleTaskSurrogate(spec.exact, Engines(spec.exact))
            return SparseSurrogate(spec, exact)
        case CatalogueModel():
            from tuner.surrogates.catalogue import CatalogueSurrogate

            return CatalogueSurrogate(spec, SingleTaskSurrogate(spec.exact, Engines(spec.exact)))
        case _:
            assert_never(spec)


def check_device(device: Device) -> None:
    """Refuse a device that is not there. Loads torch.

    Raises:
        UsageError: with what to use instead.
    """
    from tuner.surrogates.tensors import place_for

    place_for(GaussianProcess(device=device), rows=0)


class Engines:
    """The engine for a study of so many rows, loaded when it is first needed.

    BoTorch where it was asked for, by name or by device. With `device: auto` a GPU is taken only when
    no training slot is lost and the study has `gpu_from` rows: before that, numpy on one core has
    answered while a GPU would still be loading.
    """

    def __init__(self, spec: GaussianProcess) -> None:
        self.spec = spec
        self._numpy = NumpyEngine()
        self._botorch: Engine | None = None

    def __call__(self, rows: int) -> Engine:
        """Choose."""
        spec = self.spec
        asked = spec.engine == "botorch" or (
            spec.engine == "auto" and spec.device in ("cuda", "mps")
        )
        spare = spec.engine == "auto" and spec.device == "auto" and spec.spare_gpu
        if not asked and not (spare and rows >= spec.gpu_from and has_gpu_device()):
            return self._numpy
        if self._botorch is None:
            from tuner.surrogates.botorch import BotorchEngine, sees_gpu

            self._botorch = BotorchEngine(spec) if asked or sees_gpu() else self._numpy
        return self._botorch


def has_gpu_device() -> bool:
    """Say whether the system shows an NVIDIA GPU: to ask PyTorch would cost two seconds of loading."""
    devices = Path("/dev")
    return (devices / "dxg").exists() or any(devices.glob("nvidia[0-9]*"))
