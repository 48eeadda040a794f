"""`tuner ask`, `mark`, `export`, `clean` and `doctor`: the verbs that leave something behind or take it away."""

import csv
import json
import os
import re
import stat
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from tuner import Study
from tuner.cli import checkup
from tuner.ledger import Book, LedgerSpec, Stamp, make_ledger, read_study
from tuner.study import Closed, Finished

ROOT = Path(__file__).parents[2]


def trial(study, number):
    return read_study(study).history.trials[number]


def files(folder):
    return {str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file()}


def test_a_mark_goes_into_the_ledger_and_into_the_table(tuner, study):
    said = tuner("mark", study, 5, "exclude", "odd", "--note", "wrong data").stderr
    assert said == "trial 5: exclude, odd\n"
    assert trial(study, 5).marks == ("exclude", "odd")
    assert trial(study, 5).notes == ("wrong data",)
    rows = csv.DictReader((study / "trials.csv").read_text().splitlines())
    assert "exclude" in {row["trial"]: row["marks"] for row in rows}["5"]
    best = json.loads(tuner("best", study, "--format", "json").stdout)
    assert best["id"] == 3


@pytest.mark.parametrize(
    ("words", "points"), [([], None), (["-n", 1], 1), (["--count", 2], 2)], ids=str
)
def test_a_point_alone_is_an_object_and_counted_ones_are_a_list(tuner, tmp_path, words, points):
    parameters = {"x": {"type": "float", "min": 0, "max": 1}}
    Study.create(parameters=parameters, metric={"name": "y"}, path=tmp_path / "new").close()

    asked = json.loads(tuner("ask", tmp_path / "new", *words, "--format", "json").stdout)

    found = [asked] if points is None else asked
    assert [set(point) for point in found] == [{"id", "params"}] * (points or 1)


@pytest.mark.parametrize("how", [["exclude", "--remove"], ["--", "-exclude"]])
def test_a_mark_can_be_taken_away(tuner, study, how):
    tuner("mark", study, 5, "exclude", "kept")
    tuner("mark", study, 5, *how)
    assert trial(study, 5).marks == ("kept",)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([5], "mark it how"),
        ([77, "x"], "no trial 77"),
        ([5, "--remove"], "mark it how"),
        ([5, ""], "at least one letter"),
    ],
)
def test_a_mark_that_says_nothing_is_refused(tuner, study, words, why):
    before = (study / "ledger.jsonl").read_bytes()
    assert why in tuner("mark", study, *words, code=2).stderr
    assert (study / "ledger.jsonl").read_bytes() == before


def test_a_study_whose_truth_is_a_table_can_be_marked_too(tuner, tmp_path, write_study, facts):
    folder = write_study(tmp_path / "table", facts, form="csv")
    tuner("mark", folder, 5, "odd")
    assert trial(folder, 5).marks == ("odd",)


@pytest.mark.parametrize("suffix", ["csv", "json", "jsonl", "parquet"])
def test_an_export_is_named_by_its_suffix_and_reads_back(tuner, study, tmp_path, suffix):
    out = tmp_path / f"out.{suffix}"
    tuner("export", study, "-o", out)
    read = {
        "csv": lambda: [row["trial"] for row in csv.DictReader(out.read_text().splitlines())],
        "json": lambda: [row["id"] for row in json.loads(out.read_text())],
        "jsonl": lambda: [json.loads(line)["id"] for line in out.read_text().splitlines()],
        "parquet": lambda: list(pd.read_parquet(out).index),
    }
    assert [int(number) for number in read[suffix]()] == [1, 2, 3, 4, 5, 6]
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [out.name]


def test_an_export_without_a_file_goes_to_standard_output(tuner, study):
    assert tuner("export", study).stdout == (study / "trials.csv").read_text()
    assert (
        "parquet goes into a file" in tuner("export", study, "--format", "parquet", code=2).stderr
    )


def test_an_ending_that_names_no_format_is_refused_unless_one_is_said(tuner, study, tmp_path):
    out = tmp_path / "t.xlsx"
    assert "a table is .csv, .json, .jsonl" in tuner("export", study, "-o", out, code=2).stderr
    assert not out.exists()
    tuner("export", study, "-o", out, "--format", "csv")
    assert out.read_text() == (study / "trials.csv").read_text()


def test_an_export_that_cannot_be_written_leaves_nothing_behind(tuner, study, tmp_path):
    assert (
        "cannot write" in tuner("export", study, "-o", tmp_path / "no/such/out.csv", code=2).stderr
    )
    (tmp_path / "taken.csv").mkdir()
    assert "cannot write" in tuner("export", study, "-o", tmp_path / "taken.csv", code=2).stderr
    assert list(tmp_path.glob(".taken*")) == []


def test_clean_asks_before_it_deletes(tuner, study):
    before = files(study)
    done = tuner("clean", study, "--logs", typed="n\n")
    assert "delete them?" in done.stderr
    assert files(study) == before
    tuner("clean", study, "--logs", typed="y\n")
    assert files(study) != before


def test_clean_takes_logs_or_checkpoints_of_ended_trials_and_nothing_else(tuner, study):
    ledger = (study / "ledger.jsonl").read_bytes()
    before = files(study)
    done = tuner("clean", study, "--checkpoints", "--yes")
    gone = before - files(study)
    assert gone == {f"trials/{n}/checkpoint/model.bin" for n in (1, 2, 3, 4, 5)}
    assert "4.9 KiB" in done.stderr
    assert "left alone: 1 trials" in done.stderr
    tuner("clean", study, "--logs", "--yes")
    assert {name for name in files(study) if name.endswith(".log")} == {
        "trials/6/attempt-1/stdout.log",
        "trials/6/attempt-1/stderr.log",
    }
    assert (study / "ledger.jsonl").read_bytes() == ledger
    assert (study / "trials/5/attempt-1/params.json").exists()


def test_clean_spares_the_best(tuner, study):
    tuner("clean", study, "--all-but-best", 2, "--yes")
    assert sorted(path.name for path in (study / "trials").iterdir()) == ["3", "5", "6"]
    tuner("clean", study, "--checkpoints", "--all-but-best", 1, "--yes")
    assert not (study / "trials/3/checkpoint").exists()
    assert (study / "trials/5/checkpoint/model.bin").exists()


def test_clean_never_reaches_through_a_link(tuner, study, tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "data.bin").write_bytes(b"keep me")
    trials = study / "trials"
    (trials / "1/checkpoint/model.bin").unlink()
    (trials / "1/checkpoint").rmdir()
    (trials / "1/checkpoint").symlink_to(precious)
    (trials / "2/checkpoint/link").symlink_to(precious)
    log = trials / "3/attempt-1/stdout.log"
    log.unlink()
    log.symlink_to(precious / "data.bin")
    moved = tmp_path / "four"
    (trials / "4").rename(moved)
    (trials / "4").symlink_to(moved)

    tuner("clean", study, "--logs", "--checkpoints", "--yes")
    tuner("clean", study, "--all-but-best", 0, "--yes")

    assert (precious / "data.bin").read_bytes() == b"keep me"
    assert (moved / "checkpoint/model.bin").exists()


def test_clean_refuses_a_folder_of_trials_that_is_a_link(tuner, study, tmp_path):
    (study / "trials").rename(tmp_path / "elsewhere")
    (study / "trials").symlink_to(tmp_path / "elsewhere")
    assert "is a link" in tuner("clean", study, "--logs", "--yes", code=2).stderr
    assert (tmp_path / "elsewhere/1/attempt-1/stdout.log").exists()


def test_clean_wants_to_know_what_and_says_when_there_is_nothing(tuner, study):
    assert "clean what?" in tuner("clean", study, "--yes", code=2).stderr
    tuner("clean", study, "--checkpoints", "--yes")
    assert "nothing to delete" in tuner("clean", study, "--checkpoints", "--yes").stderr


def findings(tuner, *words, code=0):
    rows = json.loads(tuner("doctor", *words, "--format", "json", code=code).stdout)
    found = {}
    for row in rows:
        found.setdefault(row["subject"], row)
    return found


def test_the_doctor_finds_a_sound_study_sound(tuner, tmp_path, write_study, facts):
    ended = Finished(trial=6, attempt=1, state="completed", metrics={"val_acc": 0.1})
    folder = write_study(tmp_path / "sound", [*facts, ended, Closed(reason="done")])
    found = findings(tuner, folder)
    notes = {subject for subject, row in found.items() if row["verdict"] == "note"}
    assert {row["verdict"] for row in found.values()} == {"ok", "note"}
    assert "failures" in notes  # one failed
    assert not notes & {
        "ledger",
        "lock",
        "workers",
        "clock",
        "disk",
        "folder",
        "python",
        "packages",
    }
    assert set(found) >= {
        "ledger",
        "lock",
        "workers",
        "failures",
        "clock",
        "disk",
        "python",
        "gpus",
    }
    assert "6 trials" in found["ledger"]["finding"]


def test_the_doctor_names_damage_and_what_was_left_open(tuner, study):
    ledger = study / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes() + b'{"torn')
    found = findings(tuner, study)
    assert found["ledger"]["verdict"] == "warn"
    assert "line" in found["ledger"]["finding"]
    assert found["trials"]["verdict"] == "warn"
    assert "trials 6 were left open" in found["trials"]["finding"]
    assert "tuner run" in found["trials"]["advice"]


def test_the_doctor_names_who_holds_the_lock(shell, study):
    book = Book(make_ledger(study, LedgerSpec(), Stamp("elsewhere/b/4711/2")))
    with book.turn():
        done = shell("doctor", study)
    book.close()
    assert done.returncode == 0
    assert "process 4711 on elsewhere" in " ".join(done.stdout.split())


def test_the_doctor_minds_a_folder_that_others_may_write_to(tuner, study):
    study.chmod(0o777)
    found = findings(tuner, study)
    study.chmod(stat.S_IRWXU)
    assert found["folder"]["verdict"] == "warn"
    assert "chmod 700" in found["folder"]["advice"]


def test_a_ledger_that_cannot_be_read_is_bad_and_exits_with_2(tuner, tmp_path):
    (tmp_path / "study/ledger.jsonl").parent.mkdir()
    os.mkfifo(tmp_path / "study/ledger.jsonl")
    done = tuner("doctor", tmp_path / "study", code=2)
    assert "no study" in done.stderr


def test_an_empty_ledger_is_bad(tuner, tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study/ledger.jsonl").touch()
    found = findings(tuner, tmp_path / "study", code=2)
    assert found["ledger"]["verdict"] == "bad"


def test_without_a_study_the_doctor_looks_at_the_machine(tuner, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = findings(tuner)
    assert "ledger" not in found
    assert "torch" in found["packages"]["finding"]
    assert "no study" in tuner("doctor", "missing", code=2).stderr


def test_the_doctor_knows_every_optional_library_of_every_extra():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = {
        name: extra
        for extra, all_needed in project["optional-dependencies"].items()
        for needed in all_needed
        if extra != "test" and (name := re.split(r"[<>=\[]", needed)[0]) not in checkup.NEEDED
    }

    assert extras == checkup.EXTRAS


def test_the_doctor_names_optional_libraries_that_are_there_and_says_how_to_get_others(
    tuner, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    there = dict.fromkeys(("tuner", *checkup.NEEDED, "optuna"), "1.2.3")
    monkeypatch.setattr(checkup, "_version", there.get)

    rows = json.loads(tuner("doctor", "--format", "json").stdout)
    packages = [row for row in rows if row["subject"] == "packages"]

    assert "optuna 1.2.3" in packages[0]["finding"]
    assert [row["verdict"] for row in packages] == ["ok"] + ["note"] * (len(packages) - 1)
    absent = {row["finding"]: row["advice"] for row in packages[1:]}
    assert absent.keys() == {f"without {name}" for name in checkup.EXTRAS if name != "optuna"}
    assert absent["without cmaes"] == "only if you want it: pip install 'tuner[optuna]'"


def test_one_trial_is_ended_and_the_study_goes_on(tuner, study):
    tuner("retry", study, 4)

    assert tuner("stop", study, 4, "04").stderr.count("trial 4 will not run") == 1
    assert read_study(study).history.orphans == 0
    assert "trial 6 is asked to end" in tuner("stop", study, 6).stderr

    history = read_study(study).history
    assert history.trials[4].state == "stopped"
    assert history.trials[6].stop_asked
    assert history.stop_asked is None
    assert "trial 4 has ended: it is stopped" in tuner("stop", study, 4, code=2).stderr
    assert "there is no trial 99" in tuner("stop", study, 99, code=2).stderr
    assert "'best' is no id of a trial" in tuner("stop", study, "best", code=2).stderr
    assert "leave --now away" in tuner("stop", study, 6, "--now", code=2).stderr
    assert "asked to stop: 1 running" in tuner("stop", study).stderr


def test_a_trial_that_is_ended_while_it_waits_has_never_begun(tuner, study):
    tuner("enqueue", study, "lr=0.05", "optimizer=adamw")
    number = read_study(study).history.next_id - 1

    tuner("stop", study, number)

    assert "\nnever begun\n  ended" in tuner("show", study, number).stdout


def test_what_was_handed_out_is_ended_by_who_has_it(tuner, study):
    number = json.loads(tuner("ask", study, "--format", "json").stdout)["id"]

    assert f"tuner tell {number} --failed" in tuner("stop", study, number, code=2).stderr
    assert read_study(study).history.trials[number].open


def test_a_trial_that_runs_or_waits_is_not_retried_and_no_number_is_too_long(tuner, study):
    assert "trial 6 is running" in tuner("retry", study, 6, code=2).stderr
    tuner("retry", study, 4)
    assert "trial 4 is waiting for its turn" in tuner("retry", study, 4, code=2).stderr
    assert "there is no trial 999" in tuner("retry", study, "9" * 5000, code=2).stderr
