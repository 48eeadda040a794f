"""Which GPUs there are and who holds which: places for jobs, with the devices that belong to them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from tuner.errors import UsageError
from tuner.runners.spec import ResourcesSpec

VISIBLE = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True, kw_only=True)
class Gpu:
    """One GPU: its id for CUDA_VISIBLE_DEVICES, and whether some process computes on it."""

    id: str
    uuid: str = ""
    busy: bool = False


class Inventory(Protocol):
    """Says which GPUs this machine has."""

    def gpus(self) -> list[Gpu]:
        """Give all of them, in the order of their numbers."""


class NvmlInventory:
    """Asks the NVIDIA driver, through the extra `gpu`; none without the extra or the driver."""

    def gpus(self) -> list[Gpu]:
        """Give all of them, in the order of their numbers on the bus, as nvidia-smi shows them."""
        try:
            nvml: Any = import_module("pynvml")
        except ImportError:
            return []
        try:
            nvml.nvmlInit()
        except nvml.NVMLError:
            return []
        try:
            return [self._gpu(nvml, number) for number in range(nvml.nvmlDeviceGetCount())]
        finally:
            nvml.nvmlShutdown()

    def _gpu(self, nvml: Any, number: int) -> Gpu:  # noqa: ANN401 - a module that may be missing
        handle = nvml.nvmlDeviceGetHandleByIndex(number)
        uuid = nvml.nvmlDeviceGetUUID(handle)
        try:
            busy = bool(nvml.nvmlDeviceGetComputeRunningProcesses(handle))
        except nvml.NVMLError:  # some drivers do not say
            busy = False
        return Gpu(id=str(number), uuid=uuid if isinstance(uuid, str) else uuid.decode(), busy=busy)


def visible(gpus: Sequence[Gpu], environ: Mapping[str, str]) -> list[Gpu]:
    """Give those that CUDA_VISIBLE_DEVICES lets us use, named and ordered as it does.

    Example:
        >>> two = [Gpu(id="0", uuid="GPU-a"), Gpu(id="1", uuid="GPU-b")]
        >>> [gpu.id for gpu in visible(two, {"CUDA_VISIBLE_DEVICES": "GPU-b,0"})]
        ['GPU-b', '0']
        >>> visible(two, {"CUDA_VISIBLE_DEVICES": ""})
        []
    """
    if VISIBLE not in environ:
        return list(gpus)
    chosen = []
    for name in map(str.strip, environ[VISIBLE].split(",")):
        known = [gpu for gpu in gpus if name in (gpu.id, gpu.uuid) or _begins(gpu.uuid, name)]
        if known:
            chosen.append(Gpu(id=name, uuid=known[0].uuid, busy=known[0].busy))
        elif name.startswith("MIG-") or (name.isdigit() and not gpus):
            chosen.append(Gpu(id=name))  # a slice of a GPU, or a GPU that we cannot ask
        else:
            break  # CUDA, too, stops at the first name it does not know
    return chosen


def _begins(uuid: str, name: str) -> bool:
    return name.startswith("GPU-") and len(name) > len("GPU-") and uuid.startswith(name)


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A place for one job.

    Attributes:
        devices: ids for CUDA_VISIBLE_DEVICES, empty where jobs use no GPU.
        gpus: share of GPUs held.
    """

    devices: tuple[str, ...] = ()
    gpus: float = 0.0


class Slots:
    """All places of this process.

    Attributes:
        devices: the GPUs that are shared out.
    """

    def __init__(self, resources: ResourcesSpec, inventory: Inventory) -> None:
        self._asked = resources.gpus != 0
        self.devices = _devices(resources, inventory) if self._asked else ()
        share = resources.gpus_per_trial
        self._share = (1.0 if share is None else share) if self.devices else 0.0
        if share and not self.devices and resources.gpus != "auto":
            raise UsageError(
                f"gpus_per_trial is {share:g}, but no GPUs are asked for",
                hint="write `gpus: auto` beside it",
            )
        self._held: list[Slot] = []
        self.resize(resources.parallel)

    @property
    def total(self) -> int:
        """Places in all."""
        return self._total

    @property
    def uses_gpus(self) -> bool:
        """Jobs hold GPUs, so the model should keep off them."""
        return self._share > 0

    def resize(self, parallel: int | None) -> None:
        """Have more or fewer places from now on; those in use stay in use.

        Never more than the GPUs allow.
        """
        if not self._share:
            self._total = parallel or 1
            return
        if self._share >= 1:
            most = len(self.devices) // int(self._share)
        else:
            most = len(self.devices) * int(1 / self._share + 1e-9)
        if most == 0:
            raise UsageError(
                f"gpus_per_trial is {self._share:g}, but there are only {len(self.devices)} GPUs",
                hint="lower gpus_per_trial",
            )
        self._total = min(parallel or most, most)

    def acquire(self) -> Slot | None:
        """Take a place, or None when all are taken."""
        if len(self._held) >= self._total:
            return None
        devices = self._pick() if self._share else ()
        if devices is None:
            return None
        slot = Slot(devices=devices, gpus=self._share)
        self._held.append(slot)
        return slot

    def _pick(self) -> tuple[str, ...] | None:
        """Choose whole GPUs that are free, or the least loaded one for a share of it."""
        load = dict.fromkeys(self.devices, 0.0)
        for slot in self._held:
            for device in slot.devices:
                load[device] += min(self._share, 1.0)
        count = max(1, int(self._share))
        room = [device for device in self.devices if load[device] + min(self._share, 1) < 1 + 1e-9]
        if len(room) < count:
            return None
        return tuple(sorted(room, key=load.__getitem__)[:count])

    def release(self, slot: object) -> None:
        """Give a place back."""
        self._held = [held for held in self._held if held is not slot]


def _devices(resources: ResourcesSpec, inventory: Inventory) -> tuple[str, ...]:
    """Give the ids of the GPUs to use."""
    match resources.gpus:
        case tuple() as named:
            return named
        case "auto":
            return tuple(gpu.id for gpu in visible(inventory.gpus(), os.environ) if not gpu.busy)
        case int() as count:
            there = visible(inventory.gpus(), os.environ)
            free = [gpu.id for gpu in there if not gpu.busy]
            if len(free) < count:
                raise UsageError(
                    f"gpus: {count} are asked for, {len(free)} of {len(there)} are free",
                    hint="see nvidia-smi for who uses them; `gpus: auto` takes those that are free",
                )
            return tuple(free[:count])
