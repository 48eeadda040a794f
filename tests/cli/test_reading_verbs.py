"""Every verb that reads: what it prints on a screen, as JSON and as CSV."""

import ast
import csv
import io
import json
import math
import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tuner.ledger import this_worker
from tuner.study import Closed, Finished, Noted, Opened, Reconfigured, Started, Suggested
from tuner.study.ranking import ranked

GOLDEN = Path(__file__).parents[1] / "golden"


def golden(name, text):
    """Hold a screen to the one on file; UPDATE_GOLDEN=1 writes a new one, to be looked at."""
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    return file.read_text(encoding="utf-8")


@pytest.fixture
def limited(tmp_path, write_study, facts):
    """The study with a constraint: trial 5, which has the best metric, breaks it."""
    config = {**facts[0].config, "constraints": [{"metric": "ms", "op": "<=", "bound": 20.0}]}
    told = [replace(facts[0], config=config)]
    for fact in facts[1:]:
        if isinstance(fact, Finished) and fact.metrics:
            ms = 26.0 if fact.trial == 5 else 12.0
            fact = replace(fact, metrics={**fact.metrics, "ms": ms})  # noqa: PLW2901
        told.append(fact)
    return write_study(tmp_path / "limited", told)


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_status_tells_what_nobody_works_on_any_more(tuner, study):
    said = tuner("status", study).stdout
    assert "idle" in said
    assert "5/8" in said
    assert "0.85" in said
    assert "left open" in said
    assert "4 completed" in said
    assert "oom" in said
    assert "CUDA out of memory" in said


def test_status_names_the_process_at_work(tuner, tmp_path, write_study, facts):
    folder = write_study(tmp_path / "live", facts, worker=this_worker())
    found = json.loads(tuner("status", folder, "--format", "json").stdout)
    assert found["state"] == "running"
    assert found["workers"] == [this_worker()]
    assert str(os.getpid()) in found["detail"]


def test_status_of_a_closed_study_says_why_it_ended(tuner, tmp_path, write_study, facts):
    folder = write_study(tmp_path / "done", [*facts, Closed(reason="interrupted")])
    found = json.loads(tuner("status", folder, "--format", "json").stdout)
    assert found["state"] == "stopped"
    assert found["detail"].startswith("interrupted, ")


DONE = Closed(reason="5 of 5 trials", finished=True)


def test_status_of_a_study_that_a_rule_ended_says_finished_and_by_which(
    tuner, tmp_path, write_study, facts
):
    facts = [fact for fact in facts if getattr(fact, "trial", 0) != 6]
    folder = write_study(tmp_path / "done", [*facts, DONE])
    found = json.loads(tuner("status", folder, "--format", "json").stdout)
    assert found["state"] == "finished"
    assert found["detail"].startswith("5 of 5 trials, ")
    assert "finished  5 of 5 trials, " in tuner("status", folder).stdout


@pytest.mark.parametrize(
    ("more", "state"),
    [
        (Suggested(trial=7, point={"lr": 0.1, "optimizer": "adamw"}, method="enqueued"), "stopped"),
        (Reconfigured(config={"metric": {"name": "val_acc"}}, config_hash="c1"), "idle"),
    ],
)
def test_a_finished_study_that_was_given_more_to_do_is_not_finished(
    tuner, tmp_path, write_study, facts, more, state
):
    facts = [fact for fact in facts if getattr(fact, "trial", 0) != 6]
    folder = write_study(tmp_path / "done", [*facts, DONE, more])
    assert json.loads(tuner("status", folder, "--format", "json").stdout)["state"] == state


def test_status_as_json_is_stable(tuner, study):
    found = json.loads(tuner("status", study, "--format", "json").stdout)
    assert found["study"] == "digits"
    assert found["trials"] == {
        "total": 6,
        "suggested": 0,
        "running": 1,
        "completed": 4,
        "stopped": 0,
        "failed": 1,
    }
    assert found["best"]["id"] == 5
    assert found["best"]["params"] == {"lr": 0.01, "optimizer": "adamw", "epochs": 30}
    assert found["failures"] == [
        {"class": "oom", "count": 1, "trial": 4, "message": "CUDA out of memory"}
    ]
    assert found["budgets"][0] == {
        "name": "trials",
        "done": 5,
        "total": 8,
        "remaining_s": pytest.approx(found["budgets"][0]["remaining_s"]),
    }


def test_status_as_csv_is_one_row(tuner, study):
    (row,) = table(tuner("status", study, "--format", "csv").stdout)
    assert row["study"] == "digits"
    assert float(row["best.value"]) == 0.8500000000000001
    assert row["trials.total"] == "8"


def test_damage_is_named_and_does_not_hide_the_rest(tuner, study):
    ledger = study / "ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    ledger.write_bytes(b"".join([*lines[:3], b'{"torn": \n', *lines[3:]]))
    said = tuner("status", study)
    assert "4 completed" in said.stdout
    assert "line 4" in said.stderr
    assert json.loads(tuner("status", study, "--format", "json").stdout)["damage"]


@pytest.mark.parametrize("width", [80, 140])
def test_trials_look_as_they_did(tuner, study, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    said = tuner("trials", study).stdout
    assert said == golden(f"trials_{width}", said)
    assert all(len(line) <= width for line in said.splitlines())


@pytest.mark.parametrize("width", [60, 140])
def test_a_star_is_explained_beneath_the_table_where_there_is_one(tuner, study, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    starred = "* last report of a trial that has not ended"

    assert tuner("trials", study).stdout.splitlines()[-1] == starred
    assert tuner("trials", study, "--state", "running").stdout.splitlines()[-1] == starred
    assert "*" not in tuner("trials", study, "--state", "completed").stdout


def test_trials_can_be_sorted_limited_and_chosen_by_state(tuner, study):
    def ids(*options):
        rows = json.loads(tuner("trials", study, "--format", "json", *options).stdout)
        return [row["id"] for row in rows]

    assert ids() == [1, 2, 3, 4, 5, 6]
    assert ids("--sort", "metric", "--limit", 2) == [5, 3]
    assert ids("--sort", "wall", "-n", 1) == [5]
    assert ids("--state", "failed") == [4]
    assert ids("--state", "stopped") == []
    assert ids("--state", "left open") == ids("--state", "running") == [6]


def test_every_verb_calls_an_open_trial_the_same(tuner, tmp_path, write_study, facts):
    more = [
        Suggested(trial=7, point={"lr": 0.1, "optimizer": "adamw"}, method="enqueued"),
        Suggested(trial=8, point={"lr": 0.1, "optimizer": "adamw"}, method="sobol", by_hand=True),
        Started(trial=8, attempt=1, host="box"),
    ]
    folder = write_study(tmp_path / "open", [*facts, *more])
    status = tuner("status", folder)
    assert "1 waiting  1 left open  1 asked  4 completed  1 failed" in status.stdout
    assert "1 point is asked for" in status.stdout

    for number, word in ((6, "left open"), (7, "waiting"), (8, "asked")):
        rows = tuner("trials", folder, "--state", word).stdout.splitlines()
        assert rows[1].split("  ")[1].strip() == word
        assert rows[1].split()[0] == str(number)
        assert f"state   {word}" in tuner("show", folder, number).stdout
    assert "pid 0" not in tuner("show", folder, 8).stdout
    assert "running" not in tuner("trials", folder).stdout


def test_trials_as_csv_are_the_table_beside_the_ledger(tuner, study):
    said = tuner("trials", study, "--format", "csv").stdout
    assert said == (study / "trials.csv").read_text()


def test_trials_that_break_a_constraint_are_marked_and_stand_behind_the_others(tuner, limited):
    lines = tuner("trials", limited, "--sort", "metric").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:5]] == ["3", "2", "1", "5"]
    assert [line.split()[0] for line in lines if "completed !" in line] == ["5"]
    assert lines[-1] == "! breaks ms <= 20, so it is never the best"
    assert "!" not in tuner("trials", limited, "--state", "failed").stdout


def test_programs_are_told_which_trials_keep_the_constraints(tuner, study, limited):
    kept = [True, True, True, None, False, None]
    rows = json.loads(tuner("trials", limited, "--format", "json").stdout)
    assert [row["feasible"] for row in rows] == kept
    assert json.loads(tuner("show", limited, 5, "--format", "json").stdout)["feasible"] is False
    csv_words = {True: "true", False: "false", None: ""}
    text = tuner("trials", limited, "--format", "csv").stdout
    assert [row["feasible"] for row in table(text)] == [csv_words[one] for one in kept]
    assert text == (limited / "trials.csv").read_text()
    lines = tuner("export", limited, "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["feasible"] for line in lines] == kept
    assert "feasible" not in json.loads(tuner("trials", study, "--format", "json").stdout)[0]
    assert "feasible" not in tuner("trials", study, "--format", "csv").stdout


def test_show_says_which_constraint_is_broken_and_by_how_much(tuner, limited):
    assert "ms <= 20  broken: 26, 6 too much" in tuner("show", limited, 5).stdout
    assert "ms <= 20  kept: 12, 8 to spare" in tuner("show", limited, 3).stdout
    assert "ms <= 20" not in tuner("show", limited, 4).stdout  # it failed


def test_best_says_which_trials_look_better_and_break_a_constraint(tuner, study, limited):
    assert " ".join(tuner("best", limited).stdout.split()).endswith(
        "1 point has a better val_acc but breaks a constraint: "
        "trial 5 with 0.85 (ms <= 20 broken: 26, 6 too much)"
    )
    assert "constraint" not in tuner("best", study).stdout


def test_where_every_trial_breaks_a_constraint_best_says_so(tuner, tmp_path, write_study, facts):
    config = {**facts[0].config, "constraints": [{"metric": "ms", "op": "<=", "bound": 20.0}]}
    folder = write_study(tmp_path / "none", [replace(facts[0], config=config), *facts[1:]])
    assert "4 completed, none keeps ms <= 20" in tuner("best", folder, code=2).stderr
    assert "best       4 completed, none keeps ms <= 20" in tuner("status", folder).stdout
    rows = json.loads(tuner("doctor", folder, "--format", "json").stdout)
    [found] = [row for row in rows if row["subject"] == "constraints"]
    assert (found["verdict"], found["finding"]) == (
        "warn",
        "4 completed, none keeps ms <= 20; none of them has measured ms",
    )


def test_the_doctor_counts_the_trials_that_break_a_constraint(tuner, study, limited):
    rows = json.loads(tuner("doctor", limited, "--format", "json").stdout)
    [found] = [row for row in rows if row["subject"] == "constraints"]
    assert (found["verdict"], found["finding"]) == (
        "ok",
        "1 of 4 completed trials breaks a constraint: 1 ms <= 20",
    )
    rows = json.loads(tuner("doctor", study, "--format", "json").stdout)
    assert "constraints" not in {row["subject"] for row in rows}


@pytest.mark.parametrize(("wrote", "option"), [("Traceback\n", " --stderr"), ("", "")])
def test_the_doctor_sends_nobody_to_a_log_that_is_empty(
    tuner, tmp_path, write_study, facts, wrote, option
):
    folder = tmp_path / "failed"
    log = folder / "trials/4/attempt-2"
    told = [
        replace(fact, folder=str(log)) if isinstance(fact, Started) and fact.trial == 4 else fact
        for fact in facts
    ]
    write_study(folder, told)
    (log / "stderr.log").write_text(wrote)
    rows = json.loads(tuner("doctor", folder, "--format", "json").stdout)
    [found] = [row for row in rows if row["subject"] == "failures"]
    assert found["advice"] == f"see why: tuner logs {folder} 4{option}"


def test_show_tells_a_trial_from_its_suggestion_to_its_end(tuner, study):
    said = tuner("show", study, 4).stdout
    assert "failed (oom)" in said
    assert "attempt 1" in said
    assert "attempt 2" in said
    assert "CUDA out of memory" in said
    assert "val_acc 0.9 ± 0.02" in said
    command = said.split("command\n")[1]
    assert shlex.split(command) == ["python", "train.py", "--lr=0.1", "--note=it's"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_result_that_is_no_finite_number_is_no_way_from_what_was_predicted(
    tuner, tmp_path, write_study, facts, value
):
    metrics = {"val_acc": value}
    told = Finished(trial=6, attempt=1, state="failed", failure="diverged", metrics=metrics)
    folder = write_study(tmp_path / "odd", [*facts, told])

    said = tuner("show", folder, 6).stdout

    assert "val_acc 0.9 ± 0.02" in said
    assert "away" not in said
    assert json.loads(tuner("show", folder, 6, "--format", "json").stdout)["z_score"] is None


def test_show_compares_what_was_predicted_with_what_was_measured(tuner, study):
    assert "-2.5 sd away" in tuner("show", study, 5).stdout
    found = json.loads(tuner("show", study, 5, "--format", "json").stdout)
    assert found["z_score"] == pytest.approx(-2.5)
    assert found["attempts_list"][0]["finish"]["metrics"] == {
        "val_acc": 0.8500000000000001,
        "latency_ms": 12.5,
    }
    (row,) = table(tuner("show", study, 5, "--format", "csv").stdout)
    assert row["metrics.val_acc"] == "0.8500000000000001"


def test_best_and_last_are_names_of_trials(tuner, study):
    best = json.loads(tuner("show", study, "best", "--format", "json").stdout)
    last = json.loads(tuner("show", study, "last", "--format", "json").stdout)
    assert (best["id"], last["id"]) == (5, 5)


def test_a_trial_that_is_not_there_is_a_usage_error(tuner, study):
    told = tuner("show", study, 77, code=2).stderr
    assert "there is no trial 77" in told
    assert "1 to 6" in told


def test_best_has_a_form_for_people_and_one_for_every_program(tuner, study):
    values = {"lr": 0.01, "optimizer": "adamw", "epochs": 30}
    assert "0.8500000000000001" in tuner("best", study).stdout
    assert yaml.safe_load(tuner("best", study, "--format", "yaml").stdout) == values
    assert json.loads(tuner("best", study, "--format", "json").stdout)["params"] == values
    args = tuner("best", study, "--format", "args").stdout
    assert shlex.split(args) == ["--lr=0.01", "--optimizer=adamw", "--epochs=30"]
    assert "export lr=0.01\n" in tuner("best", study, "--format", "env").stdout
    (row,) = table(tuner("best", study, "--format", "csv").stdout)
    assert row["params.lr"] == "0.01"


def test_a_shell_runs_with_the_best_as_the_help_says(tuner, tmp_path, write_study, facts, environ):
    hostile = {"opt": "x y", "note": "it's $HOME", "glob": "*"}
    point = [
        Suggested(trial=7, point=hostile, method="sobol"),
        Finished(trial=7, attempt=1, state="completed", metrics={"val_acc": 0.99}),
    ]
    folder = write_study(tmp_path / "hostile", [*facts, *point])
    (tmp_path / "train.py").write_text("import sys\nprint(ascii(sys.argv[1:]))\n")
    (shown,) = re.findall(r'eval "python train.py .*"', tuner("best", "--help").stdout)
    script = shown.replace("tuner best", f"{sys.executable} -m tuner best {folder}")

    done = subprocess.run(
        ["bash", "-c", script.replace("python train", f"{sys.executable} train")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ast.literal_eval(done.stdout) == [f"--{name}={text}" for name, text in hostile.items()]


NARROWED = {
    "rate": {"type": "float", "min": 1e-5, "max": 0.1, "log": True},
    "optimizer": {"values": ["sgd", "lion"]},
    "momentum": {"type": "float", "min": 0.5, "max": 0.99, "when": "optimizer == 'sgd'"},
    "epochs": {"value": 10},
}
LOW = {"type": "float", "min": 1e-5, "max": 1e-3, "log": True}


@pytest.mark.parametrize("form", ["table", "args", "env", "yaml", "json", "csv"])
def test_best_says_on_stderr_what_of_it_is_not_of_the_space_of_now(
    tuner, tmp_path, write_study, facts, form
):
    def best(name, parameters):
        config = {**facts[0].config, "parameters": parameters}
        now = Reconfigured(config=config, config_hash="c1", diff=("parameters",))
        return tuner("best", write_study(tmp_path / name, [*facts, now]), "--format", form).stderr

    space = facts[0].config["parameters"]
    narrower = best("narrower", {**space, "lr": LOW})
    other = best("other", NARROWED)

    assert best("same", space) == ""
    assert narrower.strip() == "trial 5 is none of today's space: lr 0.01 is above 0.001"
    assert other.strip() == (
        "trial 5 is none of today's space: lr is no parameter any more; optimizer adamw is no value "
        "any more; epochs 30 is fixed at 10 now; rate is new, and it has none"
    )


def test_best_takes_what_the_trial_was_really_given(tuner, study):
    params = study / "trials/5/attempt-1/params.json"
    given = {"lr": 0.01, "optimizer": "adamw", "epochs": 30, "warmup": 3}
    params.write_text(json.dumps(given))
    assert yaml.safe_load(tuner("best", study, "--format", "yaml").stdout) == given


def test_best_does_not_believe_a_folder_that_contradicts_the_ledger(tuner, study):
    (study / "trials/5/attempt-1/params.json").write_text('{"other": 1}')
    read = yaml.safe_load(tuner("best", study, "--format", "yaml").stdout)
    assert read == {"lr": 0.01, "optimizer": "adamw", "epochs": 30}


def test_repeats_of_the_best_give_it_a_standard_error(tuner, tmp_path, write_study, facts):
    again = {"attempt": 1, "state": "completed"}
    repeats = [
        Suggested(trial=7, point=facts[1].point, method="confirm", of=5),
        Finished(trial=7, metrics={"val_acc": 0.87}, **again),
    ]
    folder = write_study(tmp_path / "twice", [*facts, *repeats])
    found = json.loads(tuner("best", folder, "--format", "json").stdout)
    assert found["id"] == 5
    assert found["value"] == pytest.approx(0.86)
    assert found["error"] == pytest.approx(0.01)
    assert found["repeats"] == 2


def test_repeats_of_a_point_are_told_together_and_a_sorted_table_says_so(
    tuner, tmp_path, study, write_study, facts
):
    repeats = [
        Suggested(trial=7, point=facts[1].point, method="rerun", of=5),
        Finished(trial=7, attempt=1, state="completed", metrics={"val_acc": 0.87}),
    ]
    folder = write_study(tmp_path / "again", [*facts, *repeats])
    for number in (5, 7):
        said = tuner("show", folder, number).stdout
        assert "trials  5 (0.85), 7 (0.87)" in said
        assert "mean    0.86 ± 0.01 of 2 runs" in said
        assert "sd      0.014 from run to run" in said
    found = json.loads(tuner("show", folder, 7, "--format", "json").stdout)["runs"]
    assert found["trials"] == [5, 7]
    assert found["mean"] == pytest.approx(0.86)
    apart = "runs of one point stand apart here"
    assert apart in tuner("trials", folder, "--sort", "metric").stdout
    assert apart not in tuner("trials", folder).stdout
    assert apart not in tuner("trials", study, "--sort", "metric").stdout
    assert "runs of this point" not in tuner("show", folder, 3).stdout


def test_where_the_metric_is_noisy_the_model_names_the_best(
    tuner, tmp_path, write_study, facts, monkeypatch
):
    asked = []

    def by_the_model(history, config):
        asked.append(config.name)
        row = next(row for row in ranked(history) if row.trial.id == 2)
        return replace(row, chance=0.5, believed=0.8125, believed_sd=0.0321)

    monkeypatch.setattr("tuner.assemble.best_trial", by_the_model)
    metrics, noise = {"val_acc": 0.7}, {"val_acc": 0.05}
    told = Finished(trial=6, attempt=1, state="completed", metrics=metrics, noise=noise)
    folder = write_study(tmp_path / "noisy", [*facts, told])

    assert json.loads(tuner("best", folder, "--format", "json").stdout)["id"] == 2
    assert json.loads(tuner("show", folder, "best", "--format", "json").stdout)["id"] == 2
    assert asked == ["digits", "digits"]

    found = json.loads(tuner("best", folder, "--format", "json").stdout)
    assert (found["believed"], found["believed_sd"]) == (0.8125, 0.0321)
    assert "  expected        0.8125 ± 0.032\n" in tuner("best", folder).stdout
    assert tuner("best", folder, "--format", "yaml").stdout.startswith(
        "# val_acc 0.82, expected 0.8125 ± 0.032, trial 2\n"
    )


def test_where_what_was_measured_decides_nothing_is_said_to_be_expected(tuner, study):
    assert "expected" not in tuner("best", study).stdout
    assert json.loads(tuner("best", study, "--format", "json").stdout)["believed"] is None


def test_without_a_completed_trial_there_is_no_best(tuner, tmp_path, write_study, facts):
    folder = write_study(tmp_path / "new", facts[:3])
    told = tuner("best", folder, code=2).stderr
    assert told.startswith("error: no completed trial yet\nhint: ")


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_both_kinds_of_ledger_are_read_alike(tuner, tmp_path, write_study, facts, form):
    folder = write_study(tmp_path / form, facts, form=form)
    rows = json.loads(tuner("trials", folder, "--format", "json").stdout)
    assert [row["state"] for row in rows][:5] == ["completed"] * 3 + ["failed", "completed"]


def test_a_ledger_in_which_nothing_was_opened_is_told_apart_from_a_study(
    tuner, tmp_path, write_study
):
    folder = write_study(tmp_path / "odd", [Noted(kind="note", text="hello")])
    assert "no study that was opened" in tuner("status", folder, code=2).stderr


def test_hostile_words_reach_the_terminal_without_their_magic(tuner, tmp_path, write_study):
    evil = "\x1b]0;owned\x07[red]\x9b31m"
    config = {"name": evil, "metric": {"name": evil, "goal": "minimize"}}
    facts = [
        Opened(study=evil, config=config, config_hash="x"),
        Suggested(trial=1, point={evil: evil}, method=evil, reason=evil),
        Started(trial=1, attempt=1, host=evil, devices=(evil,), argv=(evil,)),
        Finished(
            trial=1, attempt=1, state="completed", metrics={evil: 1.0, "b": 2.0}, message=evil
        ),
        Noted(kind="note", trial=1, text=evil),
        Noted(kind="mark", trial=1, text=evil),
    ]
    folder = write_study(tmp_path / "evil", facts)
    verbs = [["status"], ["trials"], ["show", "1"], ["best"], ["doctor"]]
    verbs += [["best", "--format", form] for form in ("yaml", "json", "csv")]
    for verb, *rest in verbs:
        words = [verb, folder, *rest] if verb != "show" else [verb, folder, "1"]
        done = tuner(*words)
        printed = (done.stdout + done.stderr).replace("\n", "")
        if rest == ["--format", "csv"]:  # the cells' own rules hold there
            assert not set("\x1b\x07") & set(printed)
        else:
            assert printed.isprintable(), (verb, rest)


def test_a_trial_is_shown_where_the_configuration_is_of_another_version(
    tuner, tmp_path, write_study, facts
):
    parameters = {"x": {"type": "simplex", "min": 0.0, "max": 1.0}}
    told = [
        replace(facts[0], config={**facts[0].config, "parameters": parameters}),
        Suggested(trial=1, point={"x": 0.5}, method="memory"),
    ]
    study = write_study(tmp_path / "newer", told)

    assert "memory" in tuner("show", study, 1).stdout
