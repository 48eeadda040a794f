"""A person writes a file, types `tuner run`, and reads the result."""

import json
import sys

import pytest
import yaml


def test_from_a_file_to_the_best_configuration(desk):
    desk.write()

    said = desk.tuner("run", "study.yaml")

    rows = json.loads(desk.tuner("trials", "study", "--format", "json"))
    assert rows == desk.trials()
    assert [row["state"] for row in rows] == ["completed"] * 4
    best = json.loads(desk.tuner("best", "study", "--format", "json"))
    least = min(rows, key=lambda row: row["metrics"]["loss"])
    assert best["id"] == least["id"]
    assert "loss" in said


def test_what_happens_is_told_on_stderr_and_the_result_alone_on_stdout(desk):
    desk.write()

    out, err = desk.both("run", "study.yaml")
    quiet_out, quiet_err = desk.both("run", "study.yaml", "--quiet")

    best = json.loads(desk.tuner("best", "study", "--format", "json"))
    result = [line.split() for line in out.splitlines()]
    assert result[0][:2] == ["best:", "loss"]
    assert result[0][-2:] == ["trial", str(best["id"])]
    assert [line[0].split("=")[0] for line in result[1:]] == ["x", "y"]
    assert err.count(" completed in ") == 4
    assert err.splitlines()[-1] == "over: 4 of 4 trials; 4 trials have ended"
    assert quiet_out == out
    assert quiet_err.splitlines() == ["over: 4 of 4 trials; 4 trials have ended"]


def test_without_a_result_stdout_stays_empty(desk):
    desk.write(stop={"trials": 1})

    out, err = desk.both("run", "study.yaml", "--keep-going", MODE="fail")

    assert out == ""
    assert "no completed trial yet" in err.splitlines()


def test_a_change_is_told_once(desk):
    desk.write()
    desk.tuner("run", "study.yaml")

    out, err = desk.both("run", "study.yaml", "--set", "stop.trials=5")

    assert (out + err).count("stop.trials: 4 -> 5") == 1
    assert "changed: stop.trials: 4 -> 5" in err.splitlines()


def test_the_best_point_goes_on_into_a_script(desk):
    desk.write()
    desk.tuner("run", "study.yaml")

    as_yaml = yaml.safe_load(desk.tuner("best", "study", "--format", "yaml"))
    as_args = desk.tuner("best", "study", "--format", "args").split()

    assert as_args == [f"--{name}={value!r}" for name, value in as_yaml.items()]


def test_the_same_command_again_has_nothing_to_do(desk):
    desk.write()
    desk.tuner("run", "study.yaml")
    before = desk.trials()
    assert json.loads(desk.tuner("status", "study", "--format", "json"))["state"] == "finished"

    desk.tuner("run", "study.yaml")

    assert desk.trials() == before


def test_a_larger_budget_goes_on_where_it_was(desk):
    desk.write()
    desk.tuner("run", "study.yaml")
    first = desk.trials()

    said = desk.tuner("run", "study.yaml", "--set", "stop.trials=6")

    assert desk.trials()[:4] == first
    assert len(desk.trials()) == 6
    assert desk.count("reconfigured") == 1
    assert said.count("trial") > 0


def test_a_changed_space_says_what_becomes_of_old_trials(desk):
    desk.write()
    desk.tuner("run", "study.yaml")
    process = desk.start(
        "run", "study.yaml", "--set", "parameters.x.max=0.4", "--set", "stop.trials=5"
    )

    _, err = process.communicate(timeout=60)

    assert "parameters.x.max: 1" in err
    assert "outside the bounds of x" in err
    assert len(desk.trials()) == 5


@pytest.mark.parametrize("method", ["random", "grid", "bayes"])
def test_every_method_runs_from_the_shell(desk, method):
    grid = {"levels": 3} if method == "grid" else {}
    desk.write(search={"method": method, **grid}, stop={"trials": 7})

    desk.tuner("run", "study.yaml")

    rows = desk.trials()
    assert [row["state"] for row in rows] == ["completed"] * 7
    assert len({json.dumps(row["params"], sort_keys=True) for row in rows}) == 7
    if method == "bayes":
        assert rows[-1]["method"] == "bayes"


def test_a_grid_ends_when_it_is_exhausted(desk):
    desk.write(search={"method": "grid", "levels": 2}, stop={})

    desk.tuner("run", "study.yaml")

    points = {(row["params"]["x"], row["params"]["y"]) for row in desk.trials()}
    assert points == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_19_three_failures_show_the_log_and_exit_3(desk):
    desk.write(stop={"trials": 20}, runner={**desk.runner, "retries": {"crash": 0}})

    said = desk.tuner("run", "study.yaml", code=3, MODE="fail")

    assert "cannot find the data" in said
    assert said.splitlines()[-1] == "to go on all the same: tuner run study.yaml --keep-going"
    assert len(desk.trials()) == 3
    desk.tuner("run", "study.yaml", "--keep-going", "--set", "stop.trials=5", MODE="fail")
    assert len(desk.trials()) == 5


def test_winners_are_confirmed_before_one_is_named(desk):
    desk.write(confirm={"top": 1, "seeds": 2})

    desk.tuner("run", "study.yaml")

    best = json.loads(desk.tuner("best", "study", "--format", "json"))
    assert best["repeats"] == 3


def test_points_of_ones_own_go_first(desk):
    desk.write(warm_start={"enqueue": [{"x": 0.25, "y": 0.5}]}, stop={"trials": 2})

    desk.tuner("run", "study.yaml")
    desk.tuner("enqueue", "study", "x=0.125", "y=0.75")
    desk.tuner("run", "study.yaml", "--set", "stop.trials=3")

    rows = desk.trials()
    assert rows[0]["params"] == {"x": 0.25, "y": 0.5}
    assert rows[2]["params"] == {"x": 0.125, "y": 0.75}


def test_a_part_of_a_point_is_filled_up_alike_wherever_it_is_enqueued(desk):
    desk.write(warm_start={"enqueue": [{"x": 0.25}]}, stop={"trials": 2})

    desk.tuner("run", "study.yaml")
    _, said = desk.start("enqueue", "study", "x=0.125").communicate(timeout=120)

    assert desk.trials()[0]["params"] == {"x": 0.25, "y": 0.5}
    assert desk.trials()[2]["params"] == {"x": 0.125, "y": 0.5}
    assert "not given: y; the default is taken, else the middle of the range" in said


def test_asked_arguments_are_those_that_a_job_would_get_and_their_trial_is_named(desk):
    flags = {"amp": "present"}
    desk.write(
        parameters={"amp": {"values": [True]}, "x": {"values": [0.5, 0.75]}},
        runner={**desk.runner, "flags": flags},
    )

    out, said = desk.start("ask", "study.yaml", "--format", "args").communicate(timeout=120)

    assert out in ("--amp --x=0.5\n", "--amp --x=0.75\n")
    assert "tuner tell 1" in said


def test_a_point_enqueued_again_is_told_where_it_is(desk):
    desk.write(stop={"trials": 2})
    desk.tuner("enqueue", "study.yaml", "x=0.125", "y=0.75")

    _, said = desk.start("enqueue", "study", "x=0.125", "y=0.75").communicate(timeout=120)

    assert "already: trial 1; `tuner rerun 1` runs it once more" in said


def test_by_hand_from_ask_to_best(desk):
    desk.write(runner={"type": "manual"})

    for _ in range(3):
        asked = json.loads(desk.tuner("ask", "study.yaml", "--format", "json"))
        loss = abs(asked["params"]["x"] - 0.3)
        desk.tuner("tell", "study", asked["id"], f"loss={loss!r}")

    rows = desk.trials()
    assert [row["state"] for row in rows] == ["completed"] * 3
    assert len({row["params"]["x"] for row in rows}) == 3
    assert "ended already" in desk.tuner("tell", "study", "1", "loss=0", code=2)


def test_a_failed_trial_is_retried_and_a_good_one_repeated(desk):
    desk.write(stop={"trials": 2})
    desk.tuner("run", "study.yaml", "--keep-going", MODE="fail")

    desk.tuner("retry", "study", "1")
    desk.tuner("run", "study.yaml")
    desk.tuner("rerun", "study", "best", "--seeds", "2")
    desk.tuner("run", "study.yaml")

    rows = desk.trials()
    assert [row["state"] for row in rows] == ["completed", "failed", "completed", "completed"]
    assert [row["method"] for row in rows[2:]] == ["rerun", "rerun"]
    assert desk.tuner("retry", "study", "1", code=2)


def test_three_crashes_are_taken_back_by_the_command_that_is_shown(desk):
    desk.write(stop={"trials": 3})
    said = desk.tuner("run", "study.yaml", code=3, MODE="fail")
    assert "tuner retry study failed && tuner run study.yaml" in said

    assert "no trial ended by timeout" in desk.tuner("retry", "study", "timeout", code=2)
    assert "'2x' names no trial" in desk.tuner("retry", "study", "1", "2x", code=2)
    assert "which trials?" in desk.tuner("retry", "study", code=2)
    before = [row["attempt"] for row in desk.trials()]
    desk.tuner("retry", "study", "1", "crash", "1")
    desk.tuner("run", "study.yaml")

    assert [row["state"] for row in desk.trials()] == ["completed"] * 3
    assert [row["attempt"] for row in desk.trials()] == [n + 1 for n in before]
    assert "trial 1 is completed" in desk.tuner("retry", "study", "1", code=2)


PICKY = """
import argparse
p = argparse.ArgumentParser()
p.add_argument("--model")
p.add_argument("--x", type=float)
print("loss:", p.parse_args().x)
"""


def test_a_misspelt_option_of_one_branch_is_named_before_and_after(desk):
    (desk.folder / "picky.py").write_text(PICKY)
    desk.write(
        parameters={
            "model": {"values": ["svm", "tree"]},
            "x": {"type": "float", "min": 0, "max": 1},
            "xx": {"type": "float", "min": 0, "max": 1, "when": "model == 'svm'"},
        },
        runner={**desk.runner, "command": f"{sys.executable} picky.py {{args}}"},
        warm_start={
            "enqueue": [{"model": "tree", "x": 0.2}, {"model": "svm"}, {"model": "tree", "x": 0.8}]
        },
        stop={"trials": 3},
    )

    out, err = desk.both("run", "study.yaml")

    assert "parameters.xx: picky.py declares no option --xx" in err
    assert "xx" not in out
    closing = err.split("over: ")[1]
    assert "1 of 3 trials failed: 1 crash, trial 2: exit code 2: picky.py: error: unrec" in closing
    assert "the only trial of model=svm failed: 1 crash" in closing
    assert "tuner retry study failed && tuner run study.yaml" in closing
    assert [row["attempt"] for row in desk.trials()] == [1, 1, 1]
    doctor = json.loads(desk.tuner("doctor", "study", "--format", "json"))
    (branch,) = (row for row in doctor if row["subject"] == "branches")
    assert branch["verdict"] == "warn"
    assert "the only trial of model=svm failed" in branch["finding"]
    assert "tuner retry study 2" in branch["advice"]


def test_the_csv_can_be_the_truth(desk):
    desk.write(ledger={"format": "csv"})
    desk.tuner("run", "study.yaml", "--set", "stop.trials=2")

    desk.tuner("run", "study.yaml")

    rows = desk.trials()
    assert [row["state"] for row in rows] == ["completed"] * 4
    assert not (desk.folder / "study" / "ledger.jsonl").exists()


def test_a_python_function_is_tuned_in_processes_of_its_own(desk):
    (desk.folder / "work.py").write_text(
        "import os\n\ndef train(x, y):\n    return {'loss': (x - 0.3) ** 2, 'pid': os.getpid()}\n"
    )
    desk.write(
        runner={"type": "python", "target": "work:train"},
        metric={"name": "loss", "goal": "minimize", "source": "return"},
    )

    desk.tuner("run", "study.yaml")

    pids = {row["metrics"]["pid"] for row in desk.trials()}
    assert len(pids) == 4


def test_what_set_changed_stays_for_the_next_run_of_the_folder(desk):
    desk.write(stop={"trials": 2})
    desk.tuner("run", "study.yaml")

    desk.tuner("set", "study", "trials=3")
    desk.tuner("run", "study")

    assert len(desk.trials()) == 3


def test_a_runner_that_cannot_run_leaves_nothing_behind(desk):
    desk.write(runner={"type": "manual"})

    said = desk.tuner("run", "study.yaml", code=2)

    assert "tuner ask" in said
    assert not (desk.folder / "study").exists()


def test_a_study_named_behind_the_id_is_refused(desk):
    desk.write(stop={"trials": 1})
    desk.tuner("run", "study.yaml")

    assert "the study comes first" in desk.tuner("show", "1", "study", code=2)


def test_what_a_script_prints_on_its_way_becomes_learning_curves(desk):
    (desk.folder / "job.py").write_text(
        "for epoch in range(1, 6):\n    print(f'epoch={epoch} loss={1 / epoch}')\n"
    )
    desk.write(stop={"trials": 2})

    desk.tuner("run", "study.yaml")

    reports = [fact for fact in desk.facts() if fact["fact"] == "reported"]
    assert [(fact["trial"], fact["step"], fact["metrics"]) for fact in reports] == [
        (trial, epoch, {"loss": 1 / epoch}) for trial in (1, 2) for epoch in range(1, 6)
    ]
    assert [row["metrics"] for row in desk.trials()] == [{"loss": 0.2}] * 2
    assert "learning curves" in desk.tuner("plot", "learning", "study")
