"""Places for jobs and the GPUs that belong to them, with an inventory that is made up."""

import sys
from types import SimpleNamespace

import pytest

from tuner.errors import UsageError
from tuner.runners.devices import Gpu, NvmlInventory
from tuner.runners.make import make_slots
from tuner.runners.spec import ResourcesSpec


class Inventory:
    def __init__(self, count, busy=()):
        self.count, self.busy = count, busy

    def gpus(self):
        return [Gpu(id=str(n), uuid=f"GPU-{n}aaa", busy=n in self.busy) for n in range(self.count)]


@pytest.fixture(autouse=True)
def _all_visible(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def slots(count=4, busy=(), **resources):
    return make_slots(ResourcesSpec(**resources), Inventory(count, busy))


def take_all(places):
    taken = []
    while (slot := places.acquire()) is not None:
        taken.append(slot)
    return taken


def test_without_gpus_there_is_one_place_or_as_many_as_asked():
    assert slots().total == 1
    places = slots(parallel=3)
    assert [(slot.devices, slot.gpus) for slot in take_all(places)] == [((), 0.0)] * 3
    assert not places.uses_gpus


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({"gpus": "auto"}, ["0", "1", "2", "3"]),
        ({"gpus": "auto", "parallel": 2}, ["0", "1"]),
        ({"gpus": "auto", "parallel": 9}, ["0", "1", "2", "3"]),
        ({"gpus": 2}, ["0", "1"]),
        ({"gpus": ("3", "1")}, ["3", "1"]),
        ({"gpus": "auto", "gpus_per_trial": 2}, ["0,1", "2,3"]),
        ({"gpus": 3, "gpus_per_trial": 2}, ["0,1"]),
        ({"gpus": 2, "gpus_per_trial": 0.5}, ["0", "1", "0", "1"]),
        ({"gpus": 1, "gpus_per_trial": 0.25}, ["0"] * 4),
        ({"gpus": 1, "gpus_per_trial": 0.3}, ["0"] * 3),
        ({"gpus": ("a", "b"), "gpus_per_trial": 0.25, "parallel": 3}, ["a", "b", "a"]),
    ],
)
def test_gpus_are_shared_out(resources, expected):
    places = slots(**resources)

    taken = take_all(places)

    assert [",".join(slot.devices) for slot in taken] == expected
    assert places.total == len(expected)
    assert {slot.gpus for slot in taken} == {float(resources.get("gpus_per_trial", 1))}
    assert places.uses_gpus


def test_a_place_that_was_given_back_is_taken_again_with_its_gpu():
    places = slots(2, gpus="auto")
    first, second = take_all(places)

    places.release(first)

    assert places.acquire().devices == first.devices
    assert places.acquire() is None
    places.release(second)
    places.release(second)
    assert places.acquire().devices == second.devices
    assert places.acquire() is None


def test_gpus_that_others_compute_on_are_left_alone():
    assert slots(4, busy=(0, 2), gpus="auto").devices == ("1", "3")
    assert slots(4, busy=(0, 2), gpus=1).devices == ("1",)
    assert slots(4, busy=(0, 2), gpus=("0",)).devices == ("0",)


@pytest.mark.parametrize(
    ("visible", "devices"),
    [
        ("2,3", ("2", "3")),
        ("3, 1", ("3", "1")),
        ("GPU-1aaa,0", ("GPU-1aaa", "0")),
        ("GPU-1", ("GPU-1",)),
        ("1,9,2", ("1",)),
        ("", ()),
        ("-1", ()),
        ("NoDevFiles", ()),
        ("MIG-abc", ("MIG-abc",)),
    ],
)
def test_what_cuda_visible_devices_hides_is_not_used(monkeypatch, visible, devices):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    assert slots(4, gpus="auto").devices == devices


def test_gpus_named_by_a_cluster_are_used_where_nobody_can_be_asked(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")

    assert slots(0, gpus="auto").devices == ("0", "1")


def test_auto_without_any_gpu_works_on_the_processor():
    places = slots(0, gpus="auto", gpus_per_trial=1, parallel=2)

    assert places.total == 2
    assert not places.uses_gpus
    assert places.acquire().devices == ()


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        ({"gpus": 3}, "3 are asked for, 1 of 2 are free"),
        ({"gpus": 1, "gpus_per_trial": 2}, "there are only 1 GPUs"),
        ({"gpus_per_trial": 1}, "no GPUs are asked for"),
    ],
)
def test_too_few_gpus_are_said_at_once(resources, said):
    with pytest.raises(UsageError, match=said):
        slots(2, busy=(0,), **resources)


def test_more_or_fewer_places_take_effect_at_once():
    places = slots(2, gpus="auto", parallel=1)
    held = take_all(places)

    places.resize(None)
    assert (places.total, len(take_all(places))) == (2, 1)
    places.resize(1)
    places.release(held[0])
    assert places.total == 1
    assert places.acquire() is None


def fake_nvml(*, works=True):
    """As much of pynvml as is used: two GPUs, a process on the second."""
    opened = []

    class NVMLError(Exception):
        pass

    def start():
        if not works:
            raise NVMLError
        opened.append(1)

    return SimpleNamespace(
        NVMLError=NVMLError,
        opened=opened,
        nvmlInit=start,
        nvmlShutdown=opened.clear,
        nvmlDeviceGetCount=lambda: 2,
        nvmlDeviceGetHandleByIndex=lambda number: number,
        nvmlDeviceGetUUID=lambda number: [b"GPU-old", "GPU-new"][number],
        nvmlDeviceGetComputeRunningProcesses=lambda number: [[], ["someone"]][number],
    )


def test_the_driver_is_asked(monkeypatch):
    nvml = fake_nvml()
    monkeypatch.setitem(sys.modules, "pynvml", nvml)

    assert NvmlInventory().gpus() == [
        Gpu(id="0", uuid="GPU-old", busy=False),
        Gpu(id="1", uuid="GPU-new", busy=True),
    ]
    assert nvml.opened == []


@pytest.mark.parametrize("module", [None, fake_nvml(works=False)])
def test_without_driver_or_library_there_are_no_gpus(monkeypatch, module):
    monkeypatch.setitem(sys.modules, "pynvml", module)

    assert NvmlInventory().gpus() == []
