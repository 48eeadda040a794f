"""Older studies and beliefs in the configuration: every form, every mistake with its place."""

import re

import pytest

from tuner.config import load_config, read_config, read_memory, read_older
from tuner.errors import ConfigError
from tuner.interop.base import Columns
from tuner.interop.spec import MemorySpec, PriorSpec, asked_of

PARAMETERS = {
    "lr": {"type": "float", "min": 1e-4, "max": 1, "log": True},
    "opt": {"values": ["sgd", "adamw"]},
    "layers": {"type": "int", "min": 1, "max": 9},
    "amp": {"type": "bool"},
    "epochs": {"value": 3},
    "momentum": {"type": "float", "min": 0, "max": 1, "when": "opt == 'sgd'"},
}
OLD = {"ledger": "runs/old"}


@pytest.fixture
def begun(study):
    """Read a study with something to begin with."""
    return lambda **warm_start: study(parameters=PARAMETERS, warm_start=warm_start)


@pytest.fixture
def refused(mistakes):
    """Give what is wrong with something to begin with."""
    return lambda warm_start: mistakes(parameters=PARAMETERS, warm_start=warm_start)


@pytest.mark.parametrize("studies", ["runs/old", ["runs/old"], OLD, [OLD]])
def test_a_study_is_a_path_or_a_mapping_one_or_a_list(begun, studies):
    config = begun(studies=studies)

    assert config.warm_start.studies == (MemorySpec(ledger="runs/old"),)
    assert config.plain["warm_start"] == {"studies": [OLD]}
    assert config.notices == ()


WHOLE = {
    "ledger": "old.db",
    "mode": "basis",
    "name": "vision",
    "max_trials": 50,
    "seeds": 0,
    "kind": "optuna",
    "study": "two",
    "metric": "acc",
    "goal": "maximize",
    "rename": {"eta": "lr", "width": "layers"},
}


COLUMNS = {
    "parameters": {"lr": "Learning"},
    "metrics": {"loss": "Error"},
    "noise": {"loss": "SE"},
    "state": "How",
    "label": "Name",
}


def test_the_columns_of_a_table_are_told(begun):
    config = begun(studies=[{**OLD, "columns": COLUMNS}])

    (spec,) = config.warm_start.studies
    assert spec == MemorySpec(ledger="runs/old", columns=Columns(**COLUMNS))
    assert asked_of(spec) == {**OLD, "columns": COLUMNS}
    assert read_config(config.plain).warm_start == config.warm_start
    few = {"parameters": COLUMNS["parameters"], "metrics": COLUMNS["metrics"]}
    assert asked_of(read_memory({**OLD, "columns": few})) == {**OLD, "columns": few}


def test_every_key_arrives_and_the_plain_form_reads_back(begun):
    prior = {"lr": "1e-3", "opt": {"at": "sgd", "confidence": "high"}, "layers": 3, "amp": True}
    config = begun(studies=[WHOLE, {"ledger": "b", "mode": "enqueue"}], prior=prior)

    assert config.warm_start.studies[0] == MemorySpec(**WHOLE)
    assert config.warm_start.prior == {
        "lr": PriorSpec(at=0.001),
        "opt": PriorSpec(at="sgd", confidence="high"),
        "layers": PriorSpec(at=3),
        "amp": PriorSpec(at=True),
    }
    assert config.plain["warm_start"]["studies"][0] == WHOLE
    assert read_config(config.plain) == config


@pytest.mark.parametrize("nothing", [None, {}, [], ()], ids=repr)
def test_nothing_is_as_good_as_not_there(begun, nothing):
    key = "prior" if isinstance(nothing, dict) else "studies"

    assert begun(**{key: nothing}) == begun()


def test_a_belief_about_a_parameter_that_is_not_always_there_is_fine(begun):
    assert begun(prior={"momentum": 0.9}).warm_start.prior["momentum"].at == 0.9


MODELS = [{"ledger": "a", "mode": "rgpe"}, {"ledger": "b", "mode": "icm"}]


@pytest.mark.parametrize(
    ("warm_start", "said"),
    [
        ({"study": "a"}, "warm_start.study: unknown key, did you mean 'studies'?"),
        (
            {"studies": "a", "mode": "stack"},
            "warm_start.mode: unknown key, it belongs into an entry of `studies`: {ledger: PATH, mode: …}",
        ),
        ({"studies": 3}, "warm_start.studies: must be a mapping with ledger, mode, name,"),
        ({"studies": ["a", 3]}, "warm_start.studies[1]: must be a mapping with ledger, mode,"),
        ({"studies": [None]}, "warm_start.studies[0]: must be a mapping with ledger, mode,"),
        ({"studies": {}}, "warm_start.studies: the key 'ledger' is missing; it must be text"),
        ({"studies": [""]}, "warm_start.studies[0]: must be a path, got ''"),
        (
            {"studies": {**OLD, "mode": "basics"}},
            "warm_start.studies.mode: must be 'auto', 'enqueue', 'basis',",
        ),
        (
            {"studies": [{**OLD, "moode": "auto"}]},
            "warm_start.studies[0].moode: unknown key, did you mean 'mode'?",
        ),
        (
            {"studies": {**OLD, "seeds": -1}},
            "warm_start.studies.seeds: must be at least 0, got -1",
        ),
        (
            {"studies": {**OLD, "max_trials": 0}},
            "warm_start.studies.max_trials: must be at least 1, got 0",
        ),
        (
            {"studies": {**OLD, "max_trials": "all"}},
            "warm_start.studies.max_trials: must be a whole number, got 'all'",
        ),
        ({"studies": {**OLD, "name": ""}}, "warm_start.studies.name: must not be empty;"),
        (
            {"studies": {**OLD, "goal": "up"}},
            "warm_start.studies.goal: must be 'minimize' or 'maximize', got 'up'",
        ),
        (
            {"studies": {**OLD, "columns": {"metrics": {"loss": "Error"}}}},
            "warm_start.studies.columns: the key 'parameters' is missing;",
        ),
        (
            {"studies": {**OLD, "columns": {**COLUMNS, "labell": "Name"}}},
            "warm_start.studies.columns.labell: unknown key, did you mean 'label'?",
        ),
        (
            {"studies": {**OLD, "columns": {**COLUMNS, "metrics": "Error"}}},
            "warm_start.studies.columns.metrics: must be a mapping",
        ),
        ({"studies": {**OLD, "kind": "sacred"}}, "warm_start.studies.kind: must be 'auto',"),
        (
            {"studies": {**OLD, "rename": ["eta"]}},
            "warm_start.studies.rename: must be a mapping, got a list",
        ),
        (
            {"studies": {**OLD, "rename": {"eta": 3}}},
            "warm_start.studies.rename.eta: must be text, got 3; put it in quotes",
        ),
        (
            {"studies": ["a", {**OLD, "rename": {"eta": "lrr"}}]},
            "warm_start.studies[1].rename.eta: no parameter 'lrr' here, did you mean 'lr'?",
        ),
        (
            {"studies": {**OLD, "rename": {"eta": "lr", "rate": "lr"}}},
            "warm_start.studies.rename.rate: 'eta' is called 'lr' here already",
        ),
        ({"studies": ["a", OLD, "a"]}, "warm_start.studies[2]: the same as warm_start.studies[0]"),
        (
            {"studies": [{"ledger": "a", "mode": "enqueue"}, {"ledger": "./a/ledger.csv"}]},
            "warm_start.studies[1]: the same as warm_start.studies[0]; to learn from one study in two",
        ),
        (
            {"studies": [{"ledger": "a", "mode": "enqueue", "name": "b"}, "a"]},
            "warm_start.studies[1]: the same as warm_start.studies[0]",
        ),
        (
            {"studies": [{**OLD, "name": "z"}, {"ledger": "b", "name": "z"}]},
            "warm_start.studies[1].name: another study is called 'z' already",
        ),
        (
            {"studies": MODELS},
            "warm_start.studies: one way for a model to learn from all of them, got 'rgpe' and 'icm'",
        ),
        ({"prior": [1]}, "warm_start.prior: must be a mapping such as {lr: 1e-3}, got a list"),
        ({"prior": {"lrr": 1}}, "warm_start.prior.lrr: no searched parameter, did you mean 'lr'?"),
        ({"prior": {"epochs": 3}}, "warm_start.prior.epochs: no searched parameter, known: lr,"),
        ({"prior": {"lr": 5}}, "warm_start.prior.lr: must lie between 0.0001 and 1.0, got 5.0"),
        ({"prior": {"lr": None}}, "warm_start.prior.lr.at: must be true or false, a whole number,"),
        ({"prior": {"opt": "adam"}}, "warm_start.prior.opt: must be one of 'sgd', 'adamw', got"),
        ({"prior": {"layers": 2.5}}, "warm_start.prior.layers: must be a whole number, got 2.5"),
        (
            {"prior": {"lr": {"confidence": "low"}}},
            "warm_start.prior.lr: the key 'at' is missing;",
        ),
        (
            {"prior": {"lr": {"at": 0.1, "confidence": "sure"}}},
            "warm_start.prior.lr.confidence: must be 'low', 'medium' or 'high', got 'sure'",
        ),
        (
            {"prior": {"lr": {"at": 0.1, "confidense": "low"}}},
            "warm_start.prior.lr.confidense: unknown key, did you mean 'confidence'?",
        ),
    ],
)
def test_a_mistake_is_one_line_with_what_would_be_right(refused, warm_start, said):
    (found,) = refused(warm_start)

    assert found.startswith(said)


def test_all_mistakes_are_found_at_once_each_at_its_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "other").mkdir(parents=True)
    file = tmp_path / "study.yaml"
    file.write_text(
        "metric: loss\n"
        "parameters:\n"
        "  lr: {type: float, min: 1e-4, max: 1}\n"
        "runner: python t.py {args}\n"
        "warm_start:\n"
        "  studies:\n"
        "    - runs/old\n"
        "    - ledger: runs/other\n"
        "      rename: {eta: lrr}\n"
        "  prior:\n"
        "    lr: 7\n"
        "    ir: 0.5\n"
    )

    with pytest.raises(ConfigError) as caught:
        load_config(file)

    found = [(p.line, p.column, p.message.split(":")[0]) for p in caught.value.problems]
    assert found == [
        (7, 7, "warm_start.studies[0]"),
        (9, 21, "warm_start.studies[1].rename.eta"),
        (11, 9, "warm_start.prior.lr"),
        (12, 5, "warm_start.prior.ir"),
    ]


def test_one_study_alone_is_read_as_it_stands_in_the_section():
    assert read_memory({"ledger": "a", "seeds": 2}) == MemorySpec(ledger="a", seeds=2)

    with pytest.raises(ConfigError, match="moode: unknown key, did you mean 'mode'"):
        read_memory({"ledger": "a", "moode": "auto"})


def asked(texts, *studies):
    """What is asked for by texts beside studies of a configuration, and what is said of it."""
    joined = read_older(texts, [read_memory(study) for study in studies])
    return [asked_of(spec) for spec in joined.studies], joined.lines


def test_what_is_typed_of_a_study_counts_field_by_field_however_its_path_is_spelt():
    [basis], lines = asked(
        ["{ledger: runs/a/ledger.jsonl, mode: auto, seeds: 1}", "./runs/a/"],
        {"ledger": "runs/a", "mode": "basis", "max_trials": 9},
    )

    assert basis == {"ledger": "runs/a", "max_trials": 9, "seeds": 1}
    assert lines == (
        "runs/a: --warm-start has mode: auto instead of basis",
        "runs/a: --warm-start has seeds: 1 instead of null",
    )


def test_what_is_typed_twice_is_one_study_and_the_rest_stays():
    typed = ["{ledger: a.csv, rename: {eta: lr}}", "a.csv", "b.csv"]

    assert asked(typed) == ([{"ledger": "a.csv", "rename": {"eta": "lr"}}, {"ledger": "b.csv"}], ())


def test_what_is_typed_without_a_name_is_meant_of_all_names_of_a_study():
    named = [{"ledger": "a", "name": name, "mode": "enqueue"} for name in ("one", "two")]

    found, _ = asked(["{ledger: a, seeds: 2}", "{ledger: a, name: three}"], *named)
    each, _ = asked(["{ledger: a, name: two, seeds: 2}"], *named)

    assert [(one["name"], one.get("seeds")) for one in found] == [
        ("one", 2),
        ("two", 2),
        ("three", None),
    ]
    assert [one.get("seeds") for one in each] == [None, 2]


def test_one_of_the_studies_of_a_file_is_meant_by_its_name_there():
    several = [{"ledger": "a.db", "study": name} for name in ("x", "y")]

    found, _ = asked(["{ledger: a.db, study: y, seeds: 2}"], *several)

    assert [one.get("seeds") for one in found] == [None, 2]


def test_another_study_is_learnt_from_as_those_before_it():
    found, _ = asked(["{ledger: a, mode: stack}", "b", "{ledger: c, mode: enqueue}"])

    assert [one["mode"] for one in found] == ["stack", "stack", "enqueue"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{ledger: a, moode: auto}", "--warm-start:1:13: moode: unknown key, did you mean 'mode'"),
        ("{ledger: 3}", "ledger: must be text, got 3"),
        ("{mode: auto}", "the key 'ledger' is missing"),
        ("", "ledger: must be a path"),
    ],
)
def test_what_is_typed_wrongly_is_refused(text, said):
    with pytest.raises(ConfigError, match=re.escape(said)):
        read_older([text], [read_memory({"ledger": "a"})])
