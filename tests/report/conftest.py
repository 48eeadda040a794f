import math
import random

import pytest

from tuner.study import (
    Finished,
    History,
    Opened,
    Record,
    Reported,
    Started,
    Suggested,
)

CONFIG = {
    "name": "digits",
    "metric": {"name": "val_acc", "goal": "maximize", "source": {"kind": "stdout"}},
    "parameters": {
        "lr": {"type": "float", "min": 1e-5, "max": 0.1, "log": True},
        "layers": {"type": "int", "min": 1, "max": 4},
        "optimizer": {"values": ["sgd", "adamw"]},
        "momentum": {"type": "float", "min": 0.5, "max": 0.99, "when": "optimizer == 'sgd'"},
    },
    "stop": {"trials": 60, "wall_s": 7200.0, "gpu_hours": 2.0, "target": 0.99},
    "cost": {"gpu_hour": 2.49, "currency": "USD"},
}


def digits_facts(ended=20, running=3):
    """Facts of a study as it may happen, the same ones every time."""
    rng = random.Random(7)
    yield Opened(study="digits", config=CONFIG, config_hash="c0", host="box")
    for number in range(1, ended + running + 1):
        optimizer = rng.choice(["sgd", "adamw"])
        point = {"lr": 10 ** rng.uniform(-5, -1), "layers": rng.randint(1, 4)}
        point["optimizer"] = optimizer
        if optimizer == "sgd":
            point["momentum"] = rng.uniform(0.5, 0.99)
        modelled = number > 8
        yield Suggested(
            trial=number,
            point=point,
            method="bayes" if modelled else "sobol",
            seed=number,
            mean=0.9 if modelled else None,
            sd=0.02 if modelled else None,
            seconds=0.12,
        )
        argv = ("python", "train.py", f"--lr={point['lr']!r}", "--name=it's here")
        yield Started(
            trial=number,
            attempt=1,
            host="box",
            pid=100 + number,
            devices=(str(number % 4),),
            argv=argv,
            folder=f"/runs/digits/trials/{number}/attempt-1",
        )
        for step in range(3):
            yield Reported(trial=number, attempt=1, step=step, metrics={"val_acc": 0.5 + step / 10})
        if number > ended:
            continue
        wall = rng.uniform(20, 200)
        if number % 7 == 0:
            yield Finished(
                trial=number,
                attempt=1,
                state="failed",
                failure="oom" if number % 14 else "crash",
                exit_code=1,
                wall_s=12.3,
                gpu_s=12.3,
                message="torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20 GiB",
            )
            continue
        accuracy = 0.97 - 0.1 * abs(math.log10(point["lr"]) + 3) + 0.001 * number
        yield Finished(
            trial=number,
            attempt=1,
            state="completed",
            metrics={"val_acc": accuracy, "latency_ms": rng.uniform(3, 30)},
            exit_code=0,
            wall_s=wall,
            gpu_s=wall,
            peak_memory_bytes=123_456_789,
        )


def numbered(facts, worker="box/boot/1/2"):
    return [
        Record(
            number=number,
            at=f"2026-01-31T09:{number // 60 % 60:02}:{number % 60:02}.000000Z",
            elapsed_s=float(number),
            worker=worker,
            fact=fact,
        )
        for number, fact in enumerate(facts, 1)
    ]


@pytest.fixture
def make_facts():
    return digits_facts


@pytest.fixture
def make_records():
    return numbered


@pytest.fixture
def records():
    return numbered(digits_facts())


@pytest.fixture
def history(records):
    return History.replay(records)
