"""The comparison of evidence with validation: what is searched, read and shown."""

import importlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

BENCHMARKS = str(Path(__file__).parents[2] / "benchmarks")
sys.path.insert(0, BENCHMARKS)  # as it imports its neighbours: by name, from its own folder
comparison = importlib.import_module("evidence")
sys.path.remove(BENCHMARKS)


def job(trained):
    """Stand in for the job: the likelihood of a network of `width` units, after any training."""

    def measure(_, args):
        trained.append(args)
        figures = {"train_rows": 300 - args.validation, "log_marginal_likelihood": -args.width}
        return {**figures, "val_nll": args.width}

    return SimpleNamespace(measure=measure)


@pytest.mark.parametrize(("by", "rows"), [("evidence", 300), ("validation", 200)])
def test_a_study_is_that_of_its_config_on_the_split_of_its_seed(by, rows):
    trained = []

    line = comparison.searched(job(trained), None, by, seed=7, trials=6)

    assert len(trained) == 6
    assert {(args.split, 300 - args.validation) for args in trained} == {(7, rows)}
    assert line["params"]["width"] == min(args.width for args in trained)
    assert line["weights"] in {args.seed for args in trained}
    assert line["figures"]["train_rows"] == rows
    assert (line["by"], line["seed"], line["trials"]) == (by, 7, 6)


def test_a_winner_is_trained_again_at_its_setting_with_nothing_held_out():
    trained = []
    winner = {
        "by": "validation",
        "seed": 1,
        "weights": 9,
        "params": {"width": 2, "validation": 100},
    }

    line = comparison.again(job(trained), None, winner)

    assert vars(trained[0]) == {"width": 2, "validation": 0, "seed": 9}
    assert line["figures"]["train_rows"] == 300
    assert line["by"] == comparison.AGAIN
    assert winner["by"] == "validation"


def line(by, seed, value, rows):
    figures = dict.fromkeys(comparison.SHOWN, value)
    figures[comparison.BEFORE] = value + 0.125
    return {"by": by, "seed": seed, "figures": {**figures, "train_rows": rows}}


def test_the_table_has_every_choice_and_the_paired_differences(tmp_path):
    path = tmp_path / "evidence.jsonl"
    lines = [
        *(line(comparison.EVIDENCE, seed, 0.5 + seed, 300) for seed in (0, 1)),
        *(line(comparison.VALIDATION, seed, 0.75 + seed, 200) for seed in (0, 1)),
        line(comparison.AGAIN, 0, 0.5, 300),
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    _, _, *rows = comparison.table(comparison.read(path)).splitlines()

    first = [[cell.strip() for cell in row.split("|")[1:5]] for row in rows]
    assert first == [
        ["evidence", "2", "300", "1.000 [0.500, 1.500]"],
        ["validation", "2", "200", "1.250 [0.750, 1.750]"],
        ["validation, then all rows", "1", "300", "0.500 [0.500, 0.500]"],
        ["evidence minus validation", "2", "", "-0.250 [-0.250, -0.250]"],
        ["evidence minus validation, then all rows", "1", "", "+0.000 [+0.000, +0.000]"],
    ]
    changes = [row.split("|")[-2].strip() for row in rows]
    assert changes[:3] == ["-0.125 [-0.125, -0.125]"] * 3
    assert changes[3:] == ["+0.000 [+0.000, +0.000]"] * 2


def test_no_results_are_no_winners(tmp_path):
    assert comparison.read(tmp_path / "none.jsonl") == {
        name: {} for name in (comparison.EVIDENCE, comparison.VALIDATION, comparison.AGAIN)
    }
