"""The sections of a configuration besides the parameters."""

from pathlib import Path

import pytest

from tuner.config import ConfirmSpec, CostSpec, load_config, read_config
from tuner.errors import ConfigError
from tuner.ledger.spec import LedgerSpec
from tuner.runners.spec import CommandSpec, CustomSpec, ManualSpec, PythonSpec, ResourcesSpec
from tuner.samplers.spec import SearchSpec
from tuner.stopping.spec import Failures, Plateau, StopSpec
from tuner.study import Constraint, Metric, Source


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("stdout", Source()),
        ("return", Source(kind="return")),
        ({"stdout": "loss is ([0-9.]+)"}, Source(kind="regex", where="loss is ([0-9.]+)")),
        ({"file": "m.jsonl"}, Source(kind="file", where="m.jsonl")),
        ({"file": "m.jsonl", "step": "epoch"}, Source(kind="file", where="m.jsonl", step="epoch")),
        ({"json": "r.json"}, Source(kind="json", where="r.json")),
        ({"csv": "log.csv", "step": "it"}, Source(kind="csv", where="log.csv", step="it")),
        ({"tensorboard": "val/acc"}, Source(kind="tensorboard", where="val/acc")),
    ],
)
def test_a_metric_is_read_from_where_it_is_said_to_be(study, source, expected):
    metric = {"name": "loss", "goal": "minimize", "source": source}

    config = study(metric=metric, runner={"type": "custom", "target": "m:C"})

    assert config.metric == Metric(name="loss", source=expected)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("metrics.jsonl", "must be {file: metrics.jsonl} to read from a file"),
        ("stdot", "did you mean 'stdout'?"),
        ({"stdout": "("}, "is no regular expression"),
        ({"stdout": "loss"}, "must have a group around the number"),
        ({"json": "r.json", "step": "e"}, "only file and csv have steps"),
        ({"file": "/tmp/x.jsonl"}, "must lie in the trial's folder"),
        ({"csv": "../x.csv"}, "must lie in the trial's folder"),
        ({"file": None}, "got nothing behind file"),
        ({"file": "a", "csv": "b"}, "got 'file' and 'csv'"),
        ("return", "only a Python function returns something"),
    ],
)
def test_a_source_that_cannot_be_read_is_refused(mistakes, source, reason):
    (said,) = mistakes(metric={"name": "loss", "goal": "minimize", "source": source})

    assert said.startswith("metric.source")
    assert reason in said


def test_a_python_function_gives_its_metric_as_what_it_returns(study):
    python = {"type": "python", "target": "train:evaluate"}

    assert study(runner=python).metric.source == Source(kind="return")
    spoken = study(runner=python, metric={"name": "loss", "goal": "minimize", "source": "stdout"})
    assert spoken.metric.source == Source()


def test_a_goal_may_be_left_out_or_said_in_other_words_with_a_notice(study):
    bare = study(metric="loss")
    moded = study(metric={"name": "acc", "mode": "max"})
    directed = study(metric={"name": "acc", "direction": "maximize"})

    assert (bare.metric.goal, moded.metric.goal, directed.metric.goal) == (
        "minimize",
        "maximize",
        "maximize",
    )
    assert bare.notices == ("<config>:1:1: metric: has no goal; minimize is assumed",)
    assert len(moded.notices) == 2
    assert len(directed.notices) == 1


@pytest.mark.parametrize("reduce", ["last", "best", "mean(1)", "mean(12)"])
def test_values_of_one_trial_become_one_in_three_ways(study, reduce):
    assert study(metric={"name": "a", "goal": "minimize", "reduce": reduce}).metric.reduce == reduce


def test_bounds_on_outcomes_are_read_in_either_direction(study):
    config = study(
        constraints=["latency_ms <= 20", "0.5 <= acc", {"metric": "m", "op": ">=", "bound": 1}]
    )

    assert config.constraints == (
        Constraint(metric="latency_ms", op="<=", bound=20.0),
        Constraint(metric="acc", op=">=", bound=0.5),
        Constraint(metric="m", op=">=", bound=1.0),
    )
    assert study(constraints="a < 1").constraints == (Constraint(metric="a", op="<=", bound=1.0),)


def test_short_forms_of_a_runner_are_commands(study):
    expected = CommandSpec(command="python t.py {args}")

    assert study(runner="python t.py {args}").runner == expected
    assert study(runner={"type": "command", "command": "python t.py {args}"}).runner == expected
    assert study(runner=["t", "{args}"]).runner == CommandSpec(command=("t", "{args}"))


def test_durations_and_sizes_carry_their_units(study):
    runner = study(
        runner={
            "command": "t {args}",
            "timeout": "1h30m",
            "grace": "5s",
            "log_cap": "1MiB",
            "limits": {"memory": "8GiB", "file": "1GB", "cpu": "2h"},
        }
    ).runner

    assert (runner.timeout_s, runner.grace_s, runner.log_cap) == (5400.0, 5.0, 1048576)
    assert (runner.limit_memory, runner.limit_file, runner.limit_cpu_s) == (8 << 30, 10**9, 7200)


@pytest.mark.parametrize(
    ("runner", "where", "reason"),
    [
        ({"timeout": 90}, "runner.timeout", "write 90s, 90m or 90h"),
        ({"timeout": "90"}, "runner.timeout", "with units"),
        ({"timeout": "0s"}, "runner.timeout", "must be above 0"),
        ({"limits": {"memory": 8}}, "runner.limits.memory", "write 8MiB or 8GiB"),
        ({"limits": {"memory": "8G"}}, "runner.limits.memory", "512MiB or 8GiB"),
        ({"limits": {"mem": "8GiB"}}, "runner.limits.mem", "did you mean 'memory'?"),
        ({"timout": "2h"}, "runner.timout", "did you mean 'timeout'?"),
        ({"retries": {"oom": -1}}, "runner.retries.oom", "must be at least 0, got -1"),
        ({"classify": [{"match": "(", "as": "oom"}]}, "runner.classify[0].match", "no regular"),
        (
            {"classify": [{"match": "x", "as": "omm"}]},
            "runner.classify[0].as",
            "did you mean 'oom'?",
        ),
        ({"flags": {"lr": "present"}}, "runner.flags.lr", "only a parameter that is true or false"),
        ({"flags": {"lrr": "present"}}, "runner.flags.lrr", "did you mean 'lr'?"),
        ({"flags": "presnt"}, "runner.flags", "did you mean 'present'?"),
        ({"target": "m:f"}, "runner", "'type'"),
        ({"env": {"A B": "x"}}, "runner.env.A B", "no name of a variable"),
        ({"env": {"TUNER_SEED": "1"}}, "runner.env.TUNER_SEED", "set by tuner itself"),
        ({"env": {"A": True}}, "runner.env.A", "put it in quotes"),
    ],
)
def test_a_mistake_in_the_runner_is_said_where_it_is(mistakes, runner, where, reason):
    (said,) = mistakes(runner={"command": "t {args}", **runner})

    assert said.startswith(f"{where}: ")
    assert reason in said


@pytest.mark.parametrize("kind", ["ray", "slurm"])
def test_a_runner_of_a_later_version_is_refused_in_one_line(mistakes, kind):
    assert mistakes(runner={"type": kind, "partition": "gpu"}) == [
        f"runner.type: {kind} is not yet supported by this version"
    ]


@pytest.mark.parametrize(
    ("sections", "where"),
    [
        ({"early_stopping": {"rule": "asha"}}, "early_stopping"),
    ],
)
def test_a_feature_of_a_later_version_is_refused_in_one_line(mistakes, sections, where):
    (said,) = mistakes(**sections)

    assert said.startswith(f"{where}: ")
    assert "not yet supported by this version" in said


def test_an_engine_that_is_none_is_told_from_those_there_are(mistakes):
    assert mistakes(search={"engine": "x"}) == [
        "search.engine: must be 'auto', 'numpy' or 'botorch', got 'x'"
    ]


def test_several_metrics_are_refused_in_one_line():
    node = {"metrics": [{"name": "a"}], "parameters": {"x": [1, 2]}}

    with pytest.raises(
        ConfigError, match=r"^<config>:1:1: metrics: is not yet supported"
    ) as caught:
        read_config(node)

    assert len(caught.value.problems) == 1


def test_variables_are_set_or_only_asked_for(study):
    listed = study(runner={"command": "t {args}", "env": ["WANDB_API_KEY", "HOME"]}).runner
    mapped = study(
        runner={"command": "t {args}", "env": {"A": "x", "N": 8, "HF_TOKEN": None}}
    ).runner

    assert (listed.env, listed.require_env) == ({}, ("WANDB_API_KEY", "HOME"))
    assert (mapped.env, mapped.require_env) == ({"A": "x", "N": "8"}, ("HF_TOKEN",))


@pytest.mark.parametrize("name", ["WANDB_API_KEY", "HF_TOKEN", "DB_PASSWORD", "my_secret"])
def test_the_value_of_a_secret_is_refused_and_never_repeated(mistakes, name):
    (said,) = mistakes(runner={"command": "t {args}", "env": {name: "canary-4711"}})

    assert f"write env: [{name}]" in said
    assert "canary" not in said


def test_runners_of_other_kinds_are_read(study):
    python = study(runner={"type": "python", "target": "a.b:c", "timeout": "1m"}).runner
    custom = study(runner={"type": "custom", "target": "lab:Mine", "options": {"a": [1]}}).runner

    assert python == PythonSpec(target="a.b:c", timeout_s=60.0)
    assert custom == CustomSpec(target="lab:Mine", options={"a": [1]})
    assert study(runner={"type": "manual"}).runner == ManualSpec()


@pytest.mark.parametrize("target", ["train", "train.py", "a:b()", "a;b:c", ":f", "os:system('x')"])
def test_a_target_is_a_module_and_a_function_and_is_not_imported(mistakes, target):
    (said,) = mistakes(runner={"type": "python", "target": target})

    assert said.startswith("runner.target: must be module:function")


def test_the_python_api_needs_no_runner_and_a_file_does():
    node = {"metric": {"name": "loss", "goal": "minimize"}, "parameters": {"x": [1, 2]}}

    assert read_config(node).runner == ManualSpec()


def test_the_rest_is_read_into_the_specs_of_its_rooms(study):
    config = study(
        resources={"parallel": 4, "gpus": [0, "1"], "gpus_per_trial": 0.5},
        search="random",
        stop={"wall": "24h", "plateau": {"trials": 5}, "failures": {"consecutive": 2}, "target": 1},
        cost={"gpu_hour": 2},
        confirm={"top": 2},
        ledger="csv",
    )

    assert config.resources == ResourcesSpec(parallel=4, gpus=("0", "1"), gpus_per_trial=0.5)
    assert config.search == SearchSpec(method="random")
    assert config.stop == StopSpec(
        wall_s=86400.0, plateau=Plateau(trials=5), failures=Failures(consecutive=2), target=1.0
    )
    assert (config.cost, config.confirm) == (CostSpec(gpu_hour=2.0), ConfirmSpec(top=2))
    assert config.ledger == LedgerSpec(format="csv")


def test_an_empty_section_is_as_good_as_none(study):
    empty = dict.fromkeys(("resources", "search", "stop", "cost", "confirm", "warm_start"))

    assert study(**empty, require=None, constraints=None, ledger=None) == study(stop={})


def test_a_name_becomes_a_folder(study):
    assert study(name="mnist-1").dir == Path("runs/mnist-1")
    assert study(name="a", dir="/data/{name}/x").dir == Path("/data/a/x")


def test_a_study_without_a_name_is_named_after_its_file(tmp_path):
    node = {"metric": {"name": "loss", "goal": "minimize"}, "parameters": {"x": [1, 2]}}

    assert read_config(node, source=tmp_path / "my sweep.yaml").name == "my-sweep"
    assert read_config(node).name == "study"
    assert read_config(node, name="given").name == "given"
    assert read_config({**node, "name": "own"}, name="given").name == "own"


@pytest.mark.parametrize("name", ["../x", "a/b", ".x", "", "a b", "x" * 65, "é", "a\n"])
def test_a_name_cannot_leave_the_folder_of_studies(mistakes, name):
    (said,) = mistakes(name=name)

    assert said.startswith("name: must be letters, digits")


def test_points_to_try_first_are_completed_and_held_against_the_space(study):
    parameters = {
        "opt": {"values": ["sgd", "adamw"]},
        "momentum": {"type": "float", "min": 0.5, "max": 0.9, "when": "opt == 'sgd'"},
        "lr": {"type": "float", "min": 1e-4, "max": 1e-2, "log": True},
        "layers": {"type": "int", "min": 1, "max": 8, "default": 2},
        "epochs": {"value": 30},
    }
    points = [{"opt": "adamw", "lr": "1e-3"}, {"opt": "sgd", "momentum": 0.6, "epochs": 30}]

    config = study(parameters=parameters, warm_start={"enqueue": points})

    assert config.warm_start.enqueue == (
        {"opt": "adamw", "lr": 0.001, "layers": 2},
        {"opt": "sgd", "momentum": 0.6, "lr": pytest.approx(1e-3), "layers": 2},
    )
    assert "enqueue[0]: layers not given" in config.notices[0]
    assert all(config.space.point(point) == point for point in config.warm_start.enqueue)


@pytest.mark.parametrize(
    ("point", "where", "reason"),
    [
        ({"lrr": 1}, "", "did you mean 'lr'?"),
        ({"lr": 5}, ".lr", "must lie between"),
        ({"lr": "fast"}, ".lr", "must be a number"),
        ({"lr": [1]}, ".lr", "must be a number"),
        (5, "", "must be a mapping such as"),
    ],
)
def test_a_point_outside_of_the_space_is_refused(mistakes, point, where, reason):
    (said,) = mistakes(warm_start={"enqueue": [{"lr": 0.5}, point]})

    assert said.startswith(f"warm_start.enqueue[1]{where}")
    assert reason in said


def test_a_point_that_breaks_a_condition_is_refused(mistakes):
    assert mistakes(require=["lr < 0.5"], warm_start={"enqueue": [{"lr": 0.9}]}) == [
        "warm_start.enqueue[0]: does not fulfil 'lr < 0.5'"
    ]


@pytest.mark.parametrize(
    ("search", "mode", "said"),
    [
        ("random", "rgpe", "'rgpe' needs a model, and search.method is random"),
        ("grid", "prior", "'prior' needs a model, and search.method is grid"),
        (
            {"surrogate": "saas"},
            "stack",
            "'stack' is a model of its own beside search.surrogate saas",
        ),
    ],
)
def test_a_way_to_learn_that_the_search_has_no_use_for_is_refused(mistakes, search, mode, said):
    studies = [{"ledger": "runs/a"}] if mode == "prior" else []
    studies.append({"ledger": "runs/old", "mode": mode})
    (mistake,) = mistakes(search=search, warm_start={"studies": studies})

    assert mistake.startswith(f"warm_start.studies[{len(studies) - 1}].mode: {said}")


@pytest.mark.parametrize("search", ["random", {"surrogate": "robust"}])
def test_a_search_that_does_not_learn_from_older_studies_says_so(study, search):
    (said,) = study(search=search, warm_start={"studies": ["runs/old"]}).notices

    assert "does not learn from it: its best points are tried first" in said


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ({"method": "random", "initial": 5}, "search.initial: only method: bayes has any"),
        ({"method": "optuna", "initial": 5}, "search.initial: only method: bayes has any"),
        ({"levels": 9}, "search.levels: only method: grid has any"),
        (
            {"method": "sobol", "acquisition": "ei"},
            "search.acquisition: only method: bayes has any",
        ),
    ],
)
def test_a_key_that_the_method_has_no_use_for_is_a_mistake(mistakes, search, said):
    assert mistakes(search=search) == [said]


@pytest.mark.parametrize("search", [{"method": "grid", "levels": 9}, {"initial": 5}, {"levels": 5}])
def test_a_key_that_the_method_uses_or_that_changes_nothing_is_none(study, search):
    assert study(search=search, stop={"trials": 14}).notices == ()


@pytest.mark.parametrize(
    ("search", "said"),
    [
        (
            {"seed": 3},
            "search.seed: unknown key; it belongs to the top level, beside search: write seed: …",
        ),
        ({"trials": 3}, "search.trials: unknown key; write stop: {trials: …}"),
        (
            {"acquisition": {"type": "ucb", "beta": 2}},
            "search.acquisition: a word names what is built in: acquisition: ucb; it takes no options",
        ),
        (
            {"surrogate": {"name": "saas"}},
            "search.surrogate: a word names what is built in: surrogate: saas; it takes no options",
        ),
        (
            {"method": {"type": "grid"}},
            "search.method: a word names what is built in: method: grid; its options stand beside it",
        ),
    ],
)
def test_what_is_written_at_the_wrong_place_is_told_where_it_belongs(mistakes, search, said):
    assert mistakes(search=search) == [said]


def test_gpu_is_a_word_for_cuda(study):
    read = study(search={"device": "gpu"})

    assert read.search.device == "cuda"
    assert [line for line in read.notices if "search.device: gpu is read as cuda" in line]


def test_a_study_that_ends_before_its_model_begins_says_so(study):
    (said,) = study(search={"initial": 50}, stop={"trials": 14}).notices

    assert "search.initial: stop.trials is 14, so the model never gets a turn" in said
    assert study(search={"initial": 13}, stop={"trials": 14}).notices == ()


def test_an_engine_that_a_model_does_not_follow_is_named(study):
    (said,) = study(search={"surrogate": "robust", "engine": "numpy"}).notices

    assert "search.engine: surrogate: robust is a model of BoTorch whatever stands here" in said
    for surrogate in ("auto", "gp", "saas"):
        search = {"surrogate": surrogate, "engine": "numpy"}
        assert not [line for line in study(search=search).notices if "search.engine" in line]


def test_only_a_model_follows_a_belief(study, mistakes):
    belief = {"prior": {"lr": 0.3}}
    (said,) = mistakes(search="sobol", warm_start=belief)

    assert said.startswith("warm_start.prior: only method: bayes follows a belief")
    assert not study(search={"surrogate": "robust"}, warm_start=belief).notices


@pytest.mark.parametrize("mode", ["enqueue", "prior", "auto"])
def test_another_model_may_still_begin_with_older_studies(study, mode):
    warm = {"studies": [{"ledger": "runs/old", "mode": mode}]}

    assert study(search={"surrogate": "robust"}, warm_start=warm).warm_start.studies[0].mode == mode


def test_conditions_that_nothing_fulfils_are_refused_one_by_one_or_together(mistakes):
    (alone,) = mistakes(require=["lr >= 0", "lr > 2"])
    (together,) = mistakes(require=["lr < 0.4", "lr > 0.6"])

    assert alone.startswith("require[1]: none of 1,000 points")
    assert together.endswith("fulfils all of them at once")


def test_a_parameter_that_no_channel_passes_on_is_a_notice(study):
    notices = study(runner="python t.py").notices

    assert len(notices) == 1
    assert "lr reaches the job only in params.json" in notices[0]
    for command in ("t {lr}", "t {args.json}", "t {params_file}", "t $TUNER_PARAMS_FILE"):
        assert study(runner=command).notices == ()


def test_a_sampler_of_optuna_as_the_method_is_told_where_it_belongs(mistakes):
    assert mistakes(search={"method": "cma_es"}) == [
        "search.method: cma_es is a sampler of Optuna; write {method: optuna, sampler: cma_es}"
    ]


@pytest.mark.parametrize("operator", [" a; b", " && b", " | tee log", " > log", " 2>&1"])
def test_what_only_a_shell_would_obey_is_a_notice_where_none_reads_the_command(study, operator):
    (notice,) = study(runner="train {args}" + operator).notices
    assert notice.endswith("is passed on as it is: only `shell: true` obeys it")
    assert study(runner={"command": "train {lr}" + operator, "shell": True}).notices == ()


@pytest.mark.parametrize("word", ["'a; b'", "--url=x?a=1&b=2", "a|b", "'x > y'"])
def test_operators_inside_a_word_are_nothing_to_speak_of(study, word):
    assert study(runner="train {args} " + word).notices == ()


def test_a_hole_that_nothing_fills_is_refused(mistakes):
    (said,) = mistakes(runner="python t.py --lr={lrr}")

    assert said == "runner: {lrr}: there is no such parameter, did you mean 'lr'?"


def test_a_study_without_an_end_is_a_notice(study):
    assert study(stop=None).notices == (
        "<config>:1:1: stop: there is no rule; the study goes on until it is stopped",
    )
    assert "no effect without resources.gpus" in study(stop={"gpu_hours": 5}).notices[0]
    assert study(stop={"gpu_hours": 5}, resources={"gpus": "auto"}).notices == ()


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 2**64, {1: 2}, object(), b"x", "a\0b", "\ud800", {1, 2}],
    ids=[
        "nan",
        "inf",
        "2**64",
        "a mapping by number",
        "an object",
        "bytes",
        "NUL",
        "surrogate",
        "set",
    ],
)
def test_what_yaml_cannot_say_python_cannot_either(mistakes, value):
    (said,) = mistakes(parameters={"x": {"value": value}})

    assert said.startswith("parameters.x.value: ")


def test_a_dictionary_that_holds_itself_is_refused(mistakes):
    node = {"value": 1}
    node["when"] = node

    assert any("nested more than" in said for said in mistakes(parameters={"x": node}))


def test_all_mistakes_are_said_at_once_in_the_order_of_the_file(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text("seed: -1\nmetric: {}\nstop: {trials: 0}\nfoo: 1\nparameters: {x: 5}\n")

    with pytest.raises(ConfigError) as caught:
        load_config(file)

    assert [(p.line, p.message.split(":")[0]) for p in caught.value.problems] == [
        (1, "the key 'runner' is missing; write runner"),
        (1, "seed"),
        (2, "metric"),
        (3, "stop.trials"),
        (4, "foo"),
        (5, "parameters.x"),
    ]
