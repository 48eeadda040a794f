"""A fit that fails, a library that is missing, a choice that does not fit: one line, never the end.

What can be known before a study begins is refused then, with exit code 2 and nothing written; what turns
out while it runs costs a worse suggestion, and says so once. Long because both halves speak of the same choices.
"""

import itertools
import json
import sys
from typing import get_args

import optuna
import pytest
import yaml
from botorch.exceptions.errors import ModelFittingError

from tuner import Study
from tuner.acquisition.spec import Order
from tuner.errors import FitError, UsageError
from tuner.samplers import bayesian
from tuner.samplers.optuna import REHEARSED
from tuner.samplers.spec import Surrogate
from tuner.surrogates import catalogue
from tuner.surrogates.single_task import SingleTaskSurrogate
from tuner.surrogates.sparse import SparseSurrogate
from tuner.surrogates.spec import Kind

JOB = """
import sys
values = dict(word[2:].split("=") for word in sys.argv[1:])
print("loss:", sum(float(v) if v[0] in "0123456789" else len(v) for v in values.values()))
"""
NUMBERS = {
    "x": {"type": "float", "min": 0, "max": 1},
    "y": {"type": "float", "min": 0, "max": 1},
}
CATEGORIES = {
    "colour": {"values": ["red", "green", "yellow", "ultramarine"]},
    "shape": {"values": ["disc", "ball", "cylinder", "cube"]},
}


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write study.yaml in the current folder; its jobs take no time."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "job.py").write_text(JOB)

    def file(search, parameters=NUMBERS, trials=5, **sections):
        config = {
            "name": "s",
            "dir": "s",
            "metric": {"name": "loss", "goal": "minimize"},
            "parameters": parameters,
            "runner": {"command": f"{sys.executable} -I -S job.py {{args}}"},
            "search": search,
            "stop": {"trials": trials},
            **sections,
        }
        (tmp_path / "study.yaml").write_text(yaml.safe_dump(config))
        return tmp_path

    return file


@pytest.fixture
def trials(tuner):
    """Run study.yaml to its end; give what was said, and its trials."""

    def run(*words):
        said = tuner("run", "study.yaml", *words).stderr.splitlines()
        return said, json.loads(tuner("trials", "s", "--format", "json").stdout)

    return run


def without(monkeypatch, *names):
    """Let libraries be missing."""
    for name in names:
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.parametrize("verb", [["run"], ["check"], ["ask"]], ids=" ".join)
@pytest.mark.parametrize(
    ("search", "missing", "said", "hint"),
    [
        (
            {"method": "optuna"},
            ["optuna"],
            "search.method: optuna was asked for, and Optuna is not installed here",
            "pip install 'tuner[optuna]'",
        ),
        (
            {"method": "optuna", "sampler": "cma_es"},
            ["cmaes"],
            "search.sampler: CmaEsSampler: ",
            "pip install 'tuner[optuna]'",
        ),
        *(
            (
                {"surrogate": kind},
                ["botorch", "gpytorch"],
                f"search.surrogate: {kind} needs gpytorch and botorch, not installed here",
                "pip install gpytorch botorch, or leave it out",
            )
            for kind in get_args(Kind)
        ),
        (
            {"engine": "botorch"},
            ["torch"],
            "search.engine: botorch needs torch, not installed here",
            "pip install torch, or leave it out",
        ),
        (
            {"device": "cuda"},
            ["torch"],
            "search.device: cuda needs torch, not installed here",
            "pip install torch, or leave it out",
        ),
    ],
    ids=str,
)
def test_a_library_that_is_missing_is_told_before_anything_is_written(
    tuner, write, monkeypatch, verb, search, missing, said, hint
):
    folder = write(search)
    without(monkeypatch, *missing)

    told = tuner(*verb, "study.yaml", code=2)

    notices = [line for line in told.stderr.splitlines() if line.startswith("notice: ")]
    error, advice = told.stderr.splitlines()[len(notices) :]
    assert error.startswith(f"error: {said}")
    assert advice == f"hint: {hint}"
    assert {path.name for path in folder.iterdir()} == {"job.py", "study.yaml"}


@pytest.mark.parametrize("mode", ["icm", "lmc"])
def test_a_way_to_learn_whose_library_is_missing_is_told_before_anything_is_written(
    tuner, write, monkeypatch, mode
):
    folder = write({"method": "bayes"})
    tuner("run", "study.yaml")
    older = {"studies": [{"ledger": "s", "mode": mode}]}
    write({"method": "bayes"}, dir="new", warm_start=older)
    without(monkeypatch, "botorch")

    for verb in ("check", "run"):
        told = tuner(verb, "study.yaml", code=2)
        assert told.stderr.splitlines()[-2:] == [
            f"error: warm_start.studies: mode: {mode} needs botorch, not installed here",
            "hint: pip install botorch, or leave it out",
        ]
    assert not (folder / "new").exists()


def test_a_way_to_learn_whose_library_is_missing_is_told_of_a_study_that_is_open(
    tuner, write, monkeypatch
):
    write({"method": "sobol"})
    tuner("run", "study.yaml")
    without(monkeypatch, "botorch")

    with (
        Study.create(parameters=NUMBERS, metric={"name": "loss", "goal": "minimize"}) as study,
        pytest.raises(UsageError, match="mode: lmc needs botorch, not installed here"),
    ):
        study.warm_start("s", mode="lmc")


def test_the_sparse_process_needs_no_torch(write, trials, monkeypatch):
    write({"surrogate": "saas", "initial": 20}, trials=22)
    without(monkeypatch, "botorch", "gpytorch", "torch")

    _, rows = trials()

    assert [row["method"] for row in rows[20:]] == ["bayes"] * 2
    assert [row["reason"] for row in rows] == [None] * 22


@pytest.mark.parametrize("method", ["bayes", "sobol"])
def test_without_pynvml_and_botorch_the_usual_search_runs_and_says_nothing(
    write, trials, monkeypatch, method
):
    write({"method": method}, trials=7)
    without(monkeypatch, "pynvml", "botorch", "gpytorch", "torch", "optuna", "pyarrow")

    _, rows = trials()

    assert [row["reason"] for row in rows] == [None] * 7
    assert rows[-1]["method"] == method


def test_a_library_that_goes_while_a_study_runs_leaves_the_turn_to_others(
    tuner, write, trials, monkeypatch
):
    write({"surrogate": "mixed", "initial": 2}, CATEGORIES)

    def gone(evidence):
        raise ModuleNotFoundError("No module named 'botorch.models'")

    monkeypatch.setitem(catalogue.BUILDERS, "mixed", gone)
    said, rows = trials("--set", "stop.trials=6")

    reason = "the model failed: ModuleNotFoundError: No module named 'botorch.models'"
    assert sum(reason in line for line in said) == 2  # as it happens, and in the end
    assert [row["state"] for row in rows] == ["completed"] * 6
    assert [row["method"] for row in rows[4:]] == ["bayes"] * 2
    assert [row["reason"] for row in rows[4:]] == [reason] * 2


def once(real, error, rows):
    """Let a function fail where it is given five trials, as before the sixth; `rows` counts them."""

    def called(*given, **more):
        if rows(*given) == 5:
            raise error
        return real(*given, **more)

    return called


def check_that_it_went_on(said, rows, why):
    states, reasons = [row["state"] for row in rows], [row["reason"] for row in rows]
    assert states == ["completed"] * len(rows)
    (reason,) = [reason for reason in reasons if reason]
    assert why in reason
    assert sum(why in line for line in said) == 2  # as it happens, and in the end
    assert rows[-1]["method"] == "bayes"
    assert rows[-1]["reason"] is None


SURROGATES = [kind for kind in get_args(Surrogate) if kind != "auto"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", SURROGATES)
def test_a_fit_that_fails_in_the_middle_costs_one_suggestion_whatever_the_surrogate(
    write, trials, monkeypatch, kind
):
    if kind == "saas_nuts":
        pytest.importorskip("numpyro", reason="NumPyro is not installed: pip install tuner[nuts]")
    write({"surrogate": kind, "initial": 5}, trials=7)
    if kind == "saas":
        error, real = FitError("no matrix could be factored"), SparseSurrogate.objective
        fails = once(real, error, rows=lambda _, dataset: len(dataset.ids))
        monkeypatch.setattr(SparseSurrogate, "objective", fails)
    elif kind == "gp":
        error, real = FitError("no matrix could be factored"), SingleTaskSurrogate.objective
        fails = once(real, error, rows=lambda _, dataset: len(dataset.ids))
        monkeypatch.setattr(SingleTaskSurrogate, "objective", fails)
    else:
        error, real = ModelFittingError("no matrix could be factored"), catalogue.BUILDERS[kind]
        fails = once(real, error, rows=lambda evidence: len(evidence.y))
        monkeypatch.setitem(catalogue.BUILDERS, kind, fails)

    said, rows = trials()

    check_that_it_went_on(said, rows, "no matrix could be factored")


@pytest.mark.slow
@pytest.mark.parametrize("order", get_args(Order))
def test_a_criterion_that_fails_in_the_middle_costs_one_suggestion_whichever_it_is(
    write, trials, monkeypatch, order
):
    write({"acquisition": order, "initial": 5}, NUMBERS | CATEGORIES, trials=7)
    error, real = FloatingPointError("the criterion overflowed"), bayesian.make_utility
    fails = once(real, error, rows=lambda _, beliefs: len(beliefs.X))
    monkeypatch.setattr(bayesian, "make_utility", fails)

    said, rows = trials()

    check_that_it_went_on(said, rows, "the model failed: FloatingPointError: the criterion overf")


@pytest.mark.parametrize("name", ["tpe", "cma_es", "gp", "nsgaii", "qmc", "random"])
def test_a_sampler_of_optuna_that_fails_in_the_middle_costs_one_suggestion(
    write, trials, monkeypatch, name
):
    write({"method": "optuna", "sampler": name}, trials=5)
    error, real = ValueError("this sampler is lost"), optuna.Study.ask
    asked = itertools.count()  # the third question that is no rehearsal's finds five
    fails = once(real, error, rows=lambda _: next(asked) - REHEARSED + 3)
    monkeypatch.setattr(optuna.Study, "ask", fails)

    said, rows = trials()

    why = "Optuna failed: search.sampler: "
    assert [row["state"] for row in rows] == ["completed"] * 5
    assert sum(row["reason"] is not None and why in row["reason"] for row in rows) == 1
    assert sum(why in line for line in said) == 2
    assert rows[-1]["method"] == "optuna"


UNFIT = [
    (
        {"surrogate": "hierarchical"},
        NUMBERS,
        "made for parameters with a `when`",
        "use surrogate: gp",
    ),
    (
        {"surrogate": "mixed"},
        NUMBERS,
        "made for parameters that are categories",
        "use surrogate: gp",
    ),
    ({"surrogate": "saas"}, {"x": NUMBERS["x"]}, "and here it is 1", "use surrogate: gp"),
    ({"acquisition": "knowledge_gradient"}, NUMBERS, "of 8 at a time", "use q_log_nei"),
    ({"acquisition": "max_value_entropy"}, NUMBERS, "of 8 at a time", "use q_log_nei"),
    ({"acquisition": "ucb"}, NUMBERS, "of 8 at a time", "use q_log_nei"),
    ({"method": "optuna", "sampler": "CmaEsSampler"}, CATEGORIES, "draws categories", "use tpe"),
]


@pytest.mark.parametrize(("search", "parameters", "what", "advice"), UNFIT)
def test_a_choice_that_does_not_fit_is_told_with_what_does_and_the_study_runs(
    write, trials, search, parameters, what, advice
):
    write(search, parameters, trials=10, resources={"parallel": 8})

    said, rows = trials()

    (notice,) = [line for line in said if line.startswith("notice: ")]
    assert f"search.{[*search][-1]}: " in notice
    assert what in notice
    assert advice in notice
    assert [row["state"] for row in rows] == ["completed"] * 10
    assert [row["reason"] for row in rows] == [None] * 10


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ({"sampler": "brute_force"}, "search.sampler: BruteForceSampler: ValueError: "),
        (
            {"sampler": "tpe", "options": {"n_startup_trials": "ten"}},
            "search.sampler: TPESampler: ",
        ),
        ({"sampler": "tpee"}, "search.sampler: Optuna has no 'tpee'; did you mean 'tpe'"),
    ],
)
def test_a_sampler_of_optuna_that_does_not_take_the_space_or_its_options_is_told_before(
    tuner, write, search, said
):
    folder = write({"method": "optuna", **search})

    told = tuner("run", "study.yaml", code=2)

    error, hint = told.stderr.splitlines()
    assert error.startswith(f"error: {said}")
    assert hint.startswith("hint: ")
    assert not (folder / "s").exists()


def test_a_study_that_is_live_refuses_a_search_that_would_not_work(tuner, write, trials):
    write({"method": "sobol"})
    trials()

    told = tuner("set", "s", "search.method=optuna", "search.sampler=tpee", code=2)

    assert "did you mean 'tpe'" in told.stderr
    assert json.loads((tuner("status", "s", "--format", "json")).stdout)["state"] == "finished"
