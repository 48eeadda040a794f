"""`tuner compare`: several studies in every form, and groups by pattern."""

import csv
import io
import json
from dataclasses import replace

import pytest

from tuner.study import Finished, Opened
from tuner.study.ranking import ranked


@pytest.fixture
def studies(tmp_path, monkeypatch, write_study, facts):
    """Five seeds of a study that does well and five of one that does not, by another search."""
    monkeypatch.chdir(tmp_path)
    for name, search, lost in (("good", {}, 0.0), ("poor", {"method": "sobol"}, 0.2)):
        for seed in range(5):
            config = {**facts[0].config, "name": f"{name}-{seed}", "seed": seed, "search": search}
            told = [Opened(study=name, config=config, config_hash=f"{name}{seed}"), *facts[1:]]
            told = [worse(fact, lost + seed / 1000) for fact in told]
            write_study(tmp_path / "runs" / f"{name}-{seed}", told)
    return tmp_path / "runs"


def worse(fact, by):
    if not isinstance(fact, Finished) or "val_acc" not in fact.metrics:
        return fact
    metrics = {**fact.metrics, "val_acc": fact.metrics["val_acc"] - by}
    return Finished(
        trial=fact.trial, attempt=fact.attempt, state=fact.state, metrics=metrics, wall_s=1.0
    )


def test_studies_of_one_configuration_are_grouped_and_judged(tuner, studies):
    said = " ".join(tuner("compare", *sorted(studies.iterdir())).stdout.split())

    assert "search.method default sobol" in said
    assert "good-* is better than poor-* in the end: the best of good-* is higher by 0.2" in said


def test_a_pattern_is_a_group_and_so_is_what_an_option_names(tuner, studies):
    by_pattern = tuner("compare", "runs/good-*", "runs/poor-*", "--format", "json")
    named = ("--group", "g=runs/good-*", "--group", "p=runs/poor-*")
    by_name = tuner("compare", *named, "--format", "json")

    assert list(json.loads(by_pattern.stdout)["groups"]) == ["runs/good-*", "runs/poor-*"]
    found = json.loads(by_name.stdout)
    assert list(found["groups"]) == ["g", "p"]
    assert {v["better"] for v in found["verdicts"]} == {"g"}
    assert all(v["low"] > 0 and v["paired"] for v in found["verdicts"])


def test_csv_has_a_row_a_study(tuner, studies):
    said = tuner("compare", "runs/good-0", "runs/poor-1", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(said)))

    assert [row["study"] for row in rows] == ["good-0", "poor-1"]
    assert float(rows[0]["best.value"]) == 0.8500000000000001
    assert rows[0]["failures"] == "oom=1"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "which studies?"),
        (("runs/none-*",), "finds no study"),
        (("--group", "runs/good-*"), "must be NAME=PATTERN"),
        (("--group", "a=runs/good-*", "--group", "b=runs/good-1"), "is in two groups"),
        (("runs/absent",), "no study: runs/absent"),
    ],
)
def test_what_cannot_be_compared_is_a_usage_error(tuner, studies, words, why):
    assert why in tuner("compare", *words, code=2).stderr


def test_where_the_metric_is_noisy_the_model_judges_every_point(
    tuner, studies, write_study, facts, monkeypatch, tmp_path
):
    asked = []

    def by_the_model(history, config):
        asked.append(config.name)
        return [
            replace(row, believed=0.7 + row.trial.id / 100, chance=0.25) for row in ranked(history)
        ]

    monkeypatch.setattr("tuner.assemble.judged", by_the_model)
    noise = {"val_acc": 0.05}
    told = Finished(trial=6, attempt=1, state="completed", metrics={"val_acc": 0.7}, noise=noise)
    write_study(tmp_path / "noisy", [*facts, told])

    found = json.loads(tuner("compare", "noisy", "--format", "json").stdout)

    assert asked == ["digits"]
    (row,) = found["studies"]
    assert row["best"]["id"] == 6
    assert row["best"]["believed"] == pytest.approx(0.76)
    assert row["after"]["all"] == pytest.approx(0.76)
