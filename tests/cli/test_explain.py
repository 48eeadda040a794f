"""`tuner explain` and what the doctor says of a search: read at a terminal, by a program, by a shell."""

import csv
import io
import json
import math
from dataclasses import replace

import pytest
import yaml

from tuner.config import read_config
from tuner.study import Finished, Opened, Started, Suggested

CONFIG = {
    "name": "search",
    "metric": {"name": "loss", "goal": "minimize", "source": {"kind": "stdout"}},
    "parameters": {
        "lr": {"type": "float", "min": 1e-5, "max": 0.1, "log": True},
        "optimizer": {"values": ["sgd", "on"]},
        "dull": {"type": "float", "min": 0.0, "max": 1.0},
        "epochs": {"value": 30},
    },
    "runner": {"type": "command", "command": "python train.py {args}"},
}


def searched(trials=30):
    """Trials of a bowl in the learning rate; the last one was proposed by a model."""
    yield Opened(study="search", config=CONFIG, config_hash="c")
    for number in range(1, trials + 1):
        point = {
            "lr": 10.0 ** -(1 + 4 * (number * 7 % trials) / trials),
            "optimizer": ["sgd", "on"][number % 2],
            "dull": (number * 11 % trials) / trials,
            "epochs": 30,
        }
        model = {"method": "sobol", "seen": number - 1}
        if number == trials:
            model |= {"method": "bayes", "mean": 0.5, "sd": 0.25, "acquisition": -2.0}
            model |= {"memory": {"older": 0.4}}
        yield Suggested(trial=number, point=point, **model)
        yield Started(trial=number, attempt=1)
        loss = (math.log10(point["lr"]) + 3) ** 2 + (number % 2)
        yield Finished(trial=number, attempt=1, state="completed", metrics={"loss": loss})


@pytest.fixture
def search(tmp_path, monkeypatch, write_study):
    """A study of thirty trials in runs/search below the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    return write_study(tmp_path / "runs/search", list(searched()))


def test_what_matters_is_drawn_with_bars_intervals_and_where_to_look_next(tuner, search):
    said = tuner("explain", search).stdout

    head, names, first, *rest = said.splitlines()
    assert head == "what loss depends on: shares of its variance over the space"
    assert names.split() == ["parameter", "in", "all", "95%", "alone", "95%"]
    assert first.startswith("lr ")
    assert "█████████" in first
    assert " to " in first
    assert next(line for line in rest if line.startswith("dull")).count("█") == 0
    assert "where to look next" in said
    assert max(map(len, said.splitlines())) <= 140  # YAML is never cut


def test_the_bounds_are_a_configuration_as_they_are_printed(tuner, search):
    done = tuner("explain", search, "--bounds")

    node = yaml.safe_load(done.stdout)
    space = read_config({**CONFIG, "parameters": node["parameters"]}).space
    names = [parameter.name for parameter in space.parameters]
    assert names == ["lr", "optimizer", "dull", "epochs"]
    rate = node["parameters"]["lr"]
    assert 1e-5 < rate["min"] < 1e-3 < rate["max"] < 0.1
    assert "# " in next(line for line in done.stdout.splitlines() if " lr:" in line)
    as_json = json.loads(tuner("explain", search, "--bounds", "--format", "json").stdout)
    assert as_json["parameters"] == node["parameters"]
    assert 0 < as_json["kept"] < 1


def test_bounds_that_are_as_they_were_are_said_to_be(tuner, tmp_path, write_study, search):
    few = write_study(tmp_path / "runs/few", list(searched(6)))

    assert tuner("explain", search, "--bounds").stderr == ""
    done = tuner("explain", few, "--bounds")
    assert yaml.safe_load(done.stdout)["parameters"].keys() == CONFIG["parameters"].keys()
    assert "nowhere narrower than now: this is the space as it is" in done.stderr


def test_a_program_gets_every_figure(tuner, search):
    found = json.loads(tuner("explain", search, "--format", "json").stdout)
    assert found["metric"] == "loss"
    assert found["importance"][0]["name"] == "lr"
    assert set(found["importance"][0]["total"]) == {"value", "low", "high"}
    assert found["calibration"]["trials"] == 30
    assert found["calibration"]["r2"] > 0.8
    assert found["bounds"]["changed"].keys() <= found["bounds"]["parameters"].keys()

    rows = list(csv.DictReader(io.StringIO(tuner("explain", search, "--format", "csv").stdout)))
    assert rows[0]["parameter"] == "lr"
    assert float(rows[0]["total"]) == found["importance"][0]["total"]["value"]


@pytest.mark.parametrize("words", [["30"], ["--trial", "30"], ["last"]], ids=" ".join)
def test_a_trial_is_explained_by_what_was_expected_and_what_came(tuner, search, words):
    said = tuner("explain", search, *words).stdout
    assert "trial 30 was proposed" in said
    assert "0.5 ± 0.25" in said
    assert "expected deviations" in said
    assert said.count("length scales away") == 5
    assert "40%" in said


def test_the_constraint_that_a_trial_breaks_is_told_and_what_is_counted(
    tuner, search, tmp_path, write_study
):
    def turned_out(folder, trial):
        words = tuner("explain", folder, trial).stdout.split("it turned out\n")[1].split("\n\n")[0]
        return dict(line.strip().split("  ", 1) for line in words.splitlines())

    opened, *facts = searched(12)
    rule = {"metric": "loss", "op": ">=", "bound": 0.5}
    opened = replace(opened, config={**opened.config, "constraints": [rule]})
    again = Suggested(trial=13, point=facts[0].point, method="rerun", of=1)
    done = Finished(trial=13, attempt=1, state="completed", metrics={"loss": 0.25})
    limited = write_study(tmp_path / "limited", [opened, *facts, again, done])

    said = turned_out(limited, 6)  # the best of four points that break it, eight keep it
    assert said["constraints"].strip() == "loss >= 0.5 broken: 0, 0.5 too little"
    assert said["points before it"].strip() == (
        "8: those that keep the constraints, then those with a better loss"
    )
    said = turned_out(limited, 2)
    assert "constraints" not in said
    assert said["better points"].strip() == "1 of those that keep the constraints"
    assert turned_out(limited, 1)["constraints"].strip() == (
        "loss >= 0.5, in another run of its point"
    )
    assert turned_out(search, 30)["better points"].strip().isdecimal()


def test_a_trial_is_explained_to_a_program(tuner, search):
    found = json.loads(tuner("explain", "30", "--format", "json").stdout)
    assert (found["method"], found["mean"], found["memory"]) == ("bayes", 0.5, {"older": 0.4})
    assert len(found["near"]) == 5
    [row] = csv.DictReader(io.StringIO(tuner("explain", "30", "--format", "csv").stdout))
    assert float(row["z"]) == pytest.approx(found["z"])
    assert row["nearest"].split() == [str(near["trial"]) for near in found["near"]]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["99"], "there is no trial 99"),
        (["--trial", "first"], "no trial is called 'first'"),
        (["30", "--trial", "2"], "one trial at a time"),
        (["30", "--bounds"], "--bounds is about the whole study"),
        (["--bounds", "--format", "csv"], "bounds are YAML or json"),
        (["more"], "unexpected 'more'"),
    ],
)
def test_what_cannot_be_meant_is_refused(tuner, search, words, why):
    assert why in tuner("explain", search, *words, code=2).stderr


def test_too_few_results_are_one_line_with_what_to_do(tuner, study):
    done = tuner("explain", study, code=2)
    assert done.stderr.splitlines() == [
        "error: 4 of 5 ended trials have a finite val_acc; a model of the results needs 5",
        "hint: run more trials",
    ]
    assert "trial 2 was proposed" in tuner("explain", study, "2").stdout  # needs no model


def test_the_doctor_says_how_the_search_goes(tuner, search):
    rows = json.loads(tuner("doctor", search, "--format", "json").stdout)
    by_subject = {row["subject"]: row for row in rows}
    assert {"model", "noise", "parameters", "bounds", "failures", "disk"} <= by_subject.keys()
    assert "none of 30 trials failed" in by_subject["failures"]["finding"]
    assert "in the folders of the trials" in by_subject["disk"]["finding"]
    assert [row["subject"] for row in rows].count("failures") == 1
    assert "dull" in by_subject["parameters"]["finding"]
    assert by_subject["parameters"]["verdict"] == "note"
    assert {row["verdict"] for row in rows if row["advice"]} <= {"note", "warn"}


def test_the_doctor_can_do_without_a_model(tuner, tmp_path, write_study):
    facts = [
        fact
        if not isinstance(fact, Finished)
        else Finished(trial=fact.trial, attempt=1, state="completed", metrics={"loss": 1.0})
        for fact in searched(12)
    ]
    folder = write_study(tmp_path / "flat", facts)
    rows = json.loads(tuner("doctor", folder, "--format", "json").stdout)
    [model] = [row for row in rows if row["subject"] == "model"]
    assert "all 12 trials measured the same loss, 1" in model["finding"]
