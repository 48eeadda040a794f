"""`tuner memory`: the table of older studies, their weights, and the heat map of how they go together."""

import csv
import dataclasses
import io
import json
import math
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from tuner.study import Finished, Remembered, Suggested

SOURCE = "old/ledger.jsonl"


def older(name, *, sign=1.0, trials=8, mode="auto", **more):
    """An older study of the learning rate alone: best in the middle, or worst with sign -1."""
    rates = [10.0 ** -(1.2 + 3.6 * i / max(trials - 1, 1)) for i in range(trials)]
    gains = [sign * -((math.log10(rate) + 3) ** 2) for rate in rates]
    points = tuple({"lr": rate, "optimizer": "adamw", "epochs": 30} for rate in rates)
    return Remembered(
        memory=name, source=SOURCE, mode=mode, points=points, gains=tuple(gains), **more
    )


@pytest.fixture
def remembering(tmp_path, monkeypatch, write_study, facts):
    """A study that remembers three older ones: one alike, one the other way round, one of failures."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    opened, *rest = facts
    alike = older(
        "alike",
        parameters={"lr": "lr", "optimizer": "adamw, as there was none"},
        left_out=("trial 9: val_acc is missing", "12 trials: beyond max_trials: 8"),
        unused=13,
        notes=("taken as parameters: lr, optimizer",),
    )
    failed = Remembered(
        memory="failed", points=({"lr": 0.01, "optimizer": "sgd"},), gains=(math.nan,)
    )
    by_model = [
        Suggested(
            trial=number,
            point={"lr": 10.0**-number, "optimizer": "adamw", "epochs": 30},
            method=method,
            memory={"alike": weight, "opposite": 0.1},
        )
        for number, method, weight in ((7, "bayes", 0.5), (8, "branch", 0.7))
    ]
    ends = [
        Finished(trial=t, attempt=1, state="completed", metrics={"val_acc": v})
        for t, v in ((7, 0.4), (8, 0.3))
    ]
    memories = [alike, older("opposite", sign=-1.0), failed]
    return write_study(tmp_path / "new", [opened, *memories, *rest, *by_model, *ends])


def test_the_table_tells_of_every_older_study(tuner, remembering):
    said = tuner("memory", remembering).stdout

    row = next(line for line in said.splitlines() if line.startswith("alike"))
    assert row.split() == ["alike", "auto", "8", "0", "13", "0.6", SOURCE]
    assert next(line for line in said.splitlines() if line.startswith("failed")).split()[2:5] == [
        "1",
        "1",
        "0",
    ]


def test_weights_say_that_some_suggestions_did_without(tuner, tmp_path, write_study, facts):
    opened, *rest = facts
    by_model = [
        Suggested(trial=number, point=point, method="bayes", memory=memory)
        for number, memory in ((7, {"alike": 0.5}), (8, {}))
        for point in ({"lr": 10.0**-number, "optimizer": "adamw", "epochs": 30},)
    ]
    study = write_study(tmp_path / "some", [opened, older("alike"), *rest, *by_model])

    said = tuner("memory", study).stdout

    note = (
        "on average over the last 2 suggestions of the model, of which 1 did without any and count"
    )
    assert note in " ".join(said.split())


def test_csv_has_the_same_table_and_needs_no_model(tuner, remembering):
    rows = list(csv.DictReader(io.StringIO(tuner("memory", remembering, "--format", "csv").stdout)))

    assert [row["memory"] for row in rows] == ["alike", "opposite", "failed"]
    assert float(rows[0]["weight"]) == pytest.approx(0.6)
    assert float(rows[2]["weight"]) == 0.0


def test_verbose_tells_translations_and_every_trial_that_was_left_out(tuner, remembering):
    quiet, verbose = (tuner("memory", remembering, *words).stdout for words in ([], ["-v"]))

    facts = (
        "optimizer: adamw, as there was none",
        "trial 9: val_acc is missing",
        "taken as parameters",
    )
    for words in facts:
        assert words in verbose
        assert words not in quiet


def test_the_heat_map_has_the_sign_of_what_is_the_other_way_round(tuner, remembering):
    said = tuner("memory", remembering).stdout

    rows = {
        found[1]: [math.nan if number == "-" else float(number) for number in found[2].split()]
        for found in re.finditer(r"^\d ([a-z ]+?) {2,}([-+ .\d]+)$", said, re.MULTILINE)
    }
    assert list(rows) == ["this study", "alike", "opposite"]
    assert rows["alike"][1] == 1.0
    assert rows["alike"][2] < -0.8
    assert "\x1b" not in said


def measured(facts, rates):
    """The opening of a study, and trials at learning rates that are best in the middle."""
    yield facts[0]
    for number, rate in enumerate(rates, 1):
        point = {"lr": rate, "optimizer": "adamw", "epochs": 30}
        value = -((math.log10(rate) + 3) ** 2)
        yield Suggested(trial=number, point=point, method="sobol")
        yield Finished(trial=number, attempt=1, state="completed", metrics={"val_acc": value})


@pytest.mark.parametrize(
    ("rates", "told"),
    [([1e-3, 1.1e-3, 0.9e-3, 1.05e-3], False), ([1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 0.1], True)],
)
def test_how_a_study_goes_with_an_older_one_is_said_when_its_trials_can_tell(
    tuner, tmp_path, write_study, facts, rates, told
):
    opened, *trials = measured(facts, rates)
    study = write_study(tmp_path / "few", [opened, older("alike", trials=20), *trials])

    said = " ".join(tuner("memory", study).stdout.split())
    (found,) = json.loads(tuner("memory", study, "--format", "json").stdout)["related"]

    note = "too few trials apart from each other to tell how this study goes with alike"
    assert (note in said) is not told
    assert found["vague"] == ([] if told else ["alike"])
    if told:
        assert f"1 this study +1.00 {found['correlation'][0][1]:+.2f}" in said
        assert found["correlation"][0][1] > 0.8
    else:
        assert "1 this study +1.00 - 2 alike - +1.00" in said


def test_an_older_study_of_equal_results_says_so(tuner, tmp_path, write_study, facts):
    same = dataclasses.replace(older("same"), gains=(2.0,) * 8)
    study = write_study(tmp_path / "equal", [facts[0], same, *facts[1:]])

    assert (
        "no heat map: no older study has two results that differ" in tuner("memory", study).stderr
    )


def test_what_is_put_aside_is_said_to_be_until_it_is_learnt_from_again(
    tuner, tmp_path, write_study, facts
):
    opened, *rest = facts
    aside = Remembered(memory="alike", source=SOURCE, mode="none")
    told = [opened, older("alike"), aside]
    put_away = write_study(tmp_path / "aside", [*told, *rest])
    again = write_study(tmp_path / "again", [*told, older("other name"), *rest])

    said = tuner("memory", put_away).stderr

    assert said.strip() == f"put aside: alike ({SOURCE}); name it again to learn from it"
    assert "put aside" not in tuner("memory", again).stderr


def test_json_has_everything(tuner, remembering):
    found = json.loads(tuner("memory", remembering, "--format", "json").stdout)

    assert found["memories"][0]["left_out"][0] == "trial 9: val_acc is missing"
    assert found["memories"][0]["notes"] == ["taken as parameters: lr, optimizer"]
    (related,) = found["related"]
    assert related["of"] == "beliefs"
    assert related["names"] == ["this study", "alike", "opposite"]
    matrix = related["correlation"]
    assert matrix[1][2] == matrix[2][1] < -0.8


def test_of_one_process_the_fitted_coregionalization_is_shown(tuner, tmp_path, write_study, facts):
    opened, *rest = facts
    study = write_study(tmp_path / "icm", [opened, older("alike", mode="icm"), *rest])

    (found,) = json.loads(tuner("memory", study, "--format", "json").stdout)["related"]

    assert found["of"] == "tasks"
    assert found["names"] == ["this study", "alike"]
    assert found["correlation"][0][0] == pytest.approx(1.0)
    assert -1.0 <= found["correlation"][0][1] <= 1.0


def test_metrics_that_are_lucky_together_are_told_from_those_that_are_not(
    tuner, tmp_path, write_study, facts
):
    rng = np.random.default_rng(3)
    told = [facts[0]]
    for trial in range(1, 25):
        place, luck = rng.random(), 0.1 * rng.normal()
        point = {"lr": 10.0 ** (-5 + 4 * place), "optimizer": "adamw", "epochs": 30}
        metrics = {"val_acc": place + luck, "loss": math.sin(5 * place) - luck, "same": 1.0}
        told.append(Suggested(trial=trial, point=point, method="sobol"))
        told.append(Finished(trial=trial, attempt=1, state="completed", metrics=metrics))
    study = write_study(tmp_path / "pair", told)

    (found,) = json.loads(tuner("memory", study, "--metrics", "--format", "json").stdout)["related"]

    assert found["of"] == "metrics"
    assert found["names"] == ["val_acc", "loss"]
    assert found["noise"][0][1] < -0.5


def test_too_few_trials_for_their_noise_are_said_to_be(tuner, study):
    assert "it takes 8 with two" in tuner("memory", study, "--metrics").stderr


@pytest.mark.parametrize("form", ["svg", "html"])
def test_the_map_goes_into_a_file_that_asks_no_other_place(tuner, remembering, tmp_path, form):
    out = tmp_path / f"map.{form}"

    tuner("memory", remembering, "--out", out)

    text = out.read_text(encoding="utf-8")
    if form == "html":  # Plotly's own script has links that it follows for maps of the earth only
        text = text[: text.index("<script>")] + text[text.rindex("<script>") :]
    assert "opposite" in text
    assert "+1.00" in text
    assert re.findall(r"(?:src|href|url\()\s*=?\s*[\"']?https?:", text) == []
    if form == "svg":
        assert ET.fromstring(text).tag.endswith("svg")


def test_another_suffix_is_refused_before_anything_is_computed(tuner, remembering, tmp_path):
    done = tuner("memory", remembering, "--out", tmp_path / "map.gif", code=2)

    assert "a figure is .png, .svg or .html" in done.stderr


def test_a_study_without_older_ones_says_so(tuner, study):
    done = tuner("memory", study)

    assert done.stdout == ""
    assert "warm_start.studies" in done.stderr


def test_a_name_from_elsewhere_cannot_move_the_cursor(tuner, tmp_path, write_study, facts):
    opened, *rest = facts
    study = write_study(tmp_path / "evil", [opened, older("a\x1b[2J[red]b"), *rest])

    said = tuner("memory", study, "-v").stdout

    assert "\x1b" not in said
    assert "[red]b" in said


def test_what_is_as_it_was_needs_no_saying(tuner, tmp_path, write_study, facts):
    opened, *rest = facts
    how = {"lr": "from eta", "epochs": "as it is", "metric val_acc": "maximize"}
    study = write_study(tmp_path / "same", [opened, older("old", parameters=how), *rest])

    said = tuner("memory", study, "-v").stdout

    assert "lr: from eta" in said
    assert "epochs" not in said
    assert "metric val_acc" not in said


def test_show_tells_how_much_older_studies_weighed_in_a_suggestion(tuner, remembering):
    assert re.search(r"memory +alike 0\.7, opposite 0\.1", tuner("show", remembering, 8).stdout)
    assert "opposite" not in tuner("show", remembering, 1).stdout
    said = json.loads(tuner("show", remembering, 8, "--format", "json").stdout)
    assert said["memory"] == {"alike": 0.7, "opposite": 0.1}


def test_show_tells_of_a_suggestion_without_older_studies_and_whose_point_a_seed_is(
    tuner, tmp_path, write_study, facts
):
    opened, *rest = facts
    best = max(
        zip(older("alike").gains, older("alike").points, strict=True), key=lambda one: one[0]
    )
    by_model = [
        Suggested(trial=7, point=best[1], method="memory"),
        Suggested(trial=8, point={"lr": 1e-4, "optimizer": "adamw", "epochs": 30}, method="bayes"),
    ]
    study = write_study(tmp_path / "told", [opened, older("alike"), *rest, *by_model])

    assert re.search(r"method +memory: the best point of alike", tuner("show", study, 7).stdout)
    assert re.search(r"memory +none: this suggestion did without", tuner("show", study, 8).stdout)
    assert "did without" not in tuner("show", study, 1).stdout
