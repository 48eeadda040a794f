"""Promise 32: the next suggestion follows from seed and ledger, whatever process asks.

Two fresh interpreters are compared, one of them with another thread count and random state, because
golden numbers would only hold one build of one linear algebra library to itself.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from tuner.samplers.make import make_sampler
from tuner.samplers.spec import SearchSpec
from tuner.space import Choice, Float, Int, Space
from tuner.study import Finished, History, Opened, Record, Suggested

SPACE = Space(
    (
        Float(name="lr", min=1e-5, max=0.1, log=True),
        Int(name="layers", min=2, max=12),
        Choice(name="optimizer", values=("sgd", "adamw")),
        Float(name="momentum", min=0.5, max=0.99, when="optimizer == 'sgd'"),
    )
)


def records(points, pending):
    """The ledger of a study: results for `points`, then open trials."""
    yield Opened(study="s", config={"metric": {"name": "m"}}, config_hash="")
    for number, point in enumerate(points + pending, start=1):
        yield Suggested(trial=number, point=point, method="sobol")
        if number <= len(points):
            value = abs(np.log10(point["lr"]) + 3) + 0.1 * point["layers"]
            yield Finished(
                trial=number, attempt=1, state="completed", metrics={"m": round(float(value), 6)}
            )


def next_suggestions(pending_count, engine="auto"):
    """What a process says comes next, as JSON."""
    sobol = make_sampler(SearchSpec(method="sobol"), SPACE, seed=7, devices_taken=True)
    points = [
        s.point for s in sobol.suggest(History(), 9 + pending_count, np.random.default_rng(0))
    ]
    facts = records(points[:9], points[9:])
    history = History.replay(
        Record(number, "2024-01-01T00:00:00Z", float(number), "worker", fact)
        for number, fact in enumerate(facts, start=1)
    )
    sampler = make_sampler(SearchSpec(engine=engine), SPACE, seed=7, devices_taken=True)
    given = sampler.suggest(history, 2, np.random.default_rng([7, 10]))
    return [[s.method, dict(s.point), s.mean, s.sd, s.acquisition] for s in given]


CHILD = """
import importlib.util, json, random, sys
import numpy
seed, engine = int(sys.argv[2]), sys.argv[3]
random.seed(seed); numpy.random.seed(seed)
if engine == "botorch":
    import torch
    torch.manual_seed(seed)
spec = importlib.util.spec_from_file_location("promise", sys.argv[1])
promise = importlib.util.module_from_spec(spec)
spec.loader.exec_module(promise)
print(json.dumps([promise.next_suggestions(pending, engine) for pending in (0, 2)]))
"""


@pytest.mark.parametrize("engine", ["auto", "botorch"])
def test_32_two_processes_agree_on_what_comes_next(engine):
    children = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", CHILD, __file__, seed, engine],
            env={**os.environ, "OMP_NUM_THREADS": threads, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
        )
        for seed, threads in (("1", "1"), ("2", "2"))
    ]

    first, second = (json.loads(child.communicate()[0]) for child in children)

    assert first == second
    assert [method for case in first for method, *_ in case] == ["bayes"] * 4


def test_32_asking_twice_in_one_process_gives_the_same_answer():
    assert next_suggestions(1) == next_suggestions(1)
