"""A Python function in a process of its own: how it is found, called, and what it may return."""

import pytest

from tuner.runners.child import call, numbers_of
from tuner.runners.make import make_runner
from tuner.runners.spec import PythonSpec
from tuner.study import Metric, Source

JOBS = """
import sys, os
from dataclasses import dataclass

class Trainer:
    @staticmethod
    def fit(lr, layers=2, **rest):
        print(sys.argv, os.getcwd(), sorted(rest))
        return {"loss": lr * layers, "epochs": 3}

def of_mapping(params):
    return params["lr"]

def tensor(lr):
    import numpy as np
    return np.float32(lr)

def wrong(lr):
    return "a string"

def strict(learning_rate):
    return learning_rate

def leave(lr):
    print("loss=0.75")
    sys.exit(0)
"""


def outcome(bench, what, kind="return", values=None):
    (bench.dir / "jobs.py").write_text(JOBS)
    spec = PythonSpec(target=f"jobs:{what}", cwd=str(bench.dir))
    runner = make_runner(spec, Metric(name="loss", source=Source(kind=kind)))
    return bench.run(runner, bench.job(values=values or {"lr": 0.5}))


def test_a_function_gets_the_values_by_name_and_returns_several_numbers(bench):
    ended, said = outcome(bench, "Trainer.fit", values={"lr": 0.5, "layers": 3, "amp": True})

    assert ended.metrics == {"loss": 1.5, "epochs": 3.0}
    assert said.split()[-2:] == [str(bench.dir), "['amp']"]


@pytest.mark.parametrize(("what", "loss"), [("of_mapping", 0.5), ("tensor", 0.5)])
def test_a_function_may_take_one_mapping_and_return_any_number(bench, what, loss):
    ended, _ = outcome(bench, what)

    assert ended.metrics == {"loss": loss}


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("wrong", "TypeError: a function must return a number or a mapping of numbers"),
        ("nowhere", "AttributeError: module 'jobs' has no attribute 'nowhere'"),
    ],
)
def test_what_goes_wrong_is_a_crash_with_its_last_words(bench, what, said):
    ended, _ = outcome(bench, what)

    assert (ended.failure, ended.exit_code) == ("crash", 1)
    assert said in ended.message


def test_a_function_may_print_its_metric_instead(bench):
    ended, _ = outcome(bench, "leave", kind="stdout")

    assert ended.metrics == {"loss": 0.75}


def test_a_call_that_cannot_work_names_both_sides():
    def strict(learning_rate, momentum):
        return learning_rate

    with pytest.raises(
        TypeError, match=r"strict\(learning_rate, momentum\) cannot be called with lr"
    ):
        call(strict, {"lr": 0.5})


def test_a_mistake_inside_of_the_function_is_not_taken_for_a_wrong_call():
    def inside(lr):
        raise TypeError("inside")

    with pytest.raises(TypeError, match=r"^inside$"):
        call(inside, {"lr": 0.5})


def test_nothing_returned_is_nothing_measured():
    assert numbers_of(None, "loss") == {}
    assert numbers_of({}, "loss") == {}
