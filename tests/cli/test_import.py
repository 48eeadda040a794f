"""`tuner import`: another tool's study becomes a folder of ours."""

import json
import time
from pathlib import Path

import pytest

from tuner import Study
from tuner.assemble import importing
from tuner.config import read_config
from tuner.ledger import Disk, read_study

FIXTURES = Path(__file__).parents[1] / "interop" / "fixtures"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "states"),
    [
        (["optuna.db"], "2 completed, 1 stopped, 2 failed"),
        (["optuna.log"], "2 completed, 1 stopped, 2 failed"),
        (["optuna.csv", "--goal", "maximize"], "2 completed, 1 stopped, 2 failed"),
        (["mlruns", "--metric", "loss", "--goal", "minimize"], "2 completed, 1 failed, 1 stopped"),
        (
            ["mlflow.csv", "--metric", "loss", "--goal", "minimize"],
            "2 completed, 1 failed, 1 stopped",
        ),
        (["ray", "--metric", "loss", "--goal", "minimize"], "2 completed, 1 failed"),
        (["ax.json"], "2 completed, 1 stopped, 1 failed"),
        (["smac"], "3 completed, 1 failed"),
        (["orion.csv", "--goal", "minimize"], "2 completed, 1 failed"),
        (
            ["wandb.csv", "--metric", "val_loss", "--goal", "minimize"],
            "1 completed, 2 failed, 1 stopped",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_every_tool_becomes_a_study_that_goes_on(here, tuner, words, states):
    done = tuner("import", FIXTURES / words[0], *words[1:], "--to", "new")

    assert f"imported  {states}" in done.stdout
    history = read_study(here / "new").history
    assert {trial.method for trial in history.trials.values()} == {"added"}
    assert history.counted == 0
    measured = f"and {len(history.trials)} measured elsewhere, which use up no budget"
    assert measured in tuner("status", "new").stdout
    assert (here / "new" / "config.yaml").is_file()
    asked = tuner("ask", "new", "--format", "json").stdout
    assert set(json.loads(asked)["params"]) & set(history.trials[1].params)


def test_a_point_that_was_measured_again_is_a_repeat(here, tuner):
    rows = "trial_id,x,loss\na,0.5,1\nb,0.25,2\nc,0.5,1.5\nd,0.50,1.25\n"
    (here / "old.csv").write_text(rows)

    tuner("import", "old.csv", "--to", "new", "--metric", "loss", "--goal", "minimize")

    trials = read_study(here / "new").history.trials.values()
    assert [trial.suggestion.of for trial in trials] == [None, None, 1, 1]


def test_with_a_runner_the_search_goes_on_from_there(here, tuner, shell):
    tuner("import", FIXTURES / "optuna.db", "--to", "new")
    config = here / "new" / "config.yaml"
    runner = "runner: {command: 'echo value={lr}'}\nstop: {trials: 1}\n"
    config.write_text(config.read_text().replace("runner:\n  type: manual\n", runner))

    done = shell("run", config)

    assert done.returncode == 0, done.stderr
    history = read_study(here / "new").history
    assert [trial.method for trial in history.trials.values()][:5] == ["added"] * 5
    assert (str(history.trials[6].state), history.counted) == ("completed", 1)


def test_what_trials_were_is_in_the_ledger(here, tuner):
    tuner("import", FIXTURES / "ax.json", "--to", "new")

    history = read_study(here / "new").history
    first, _, third, fourth = history.trials.values()
    assert first.params["lr"] == 0.001
    assert (first.metrics, first.noise) == ({"loss": 0.5, "size": 2.0}, {"loss": 0.125})
    assert (str(third.state), third.metrics) == ("stopped", {"loss": 0.75})
    assert (str(fourth.state), fourth.failure) == ("failed", "crash")
    assert fourth.finish.message == "ax trial 3"
    assert (history.metric.name, history.metric.goal) == ("loss", "minimize")


def test_the_table_says_how_many_were_left_out_and_why(here, tuner):
    rows = ["0.1,3,ok", "0.2,,ok", "0.3,x,ok", ",4,ok", "0.4,nan,ok", "0.5,1,running", "0.6,,ok"]
    (here / "old.csv").write_text("lr,loss,state\n" + "\n".join(rows) + "\n")

    done = tuner("import", "old.csv", "--to", "new", "--metric", "loss", "--goal", "minimize")

    assert done.stdout.splitlines() == [
        "2  imported  1 completed, 1 failed",
        "2  left out  it has no metric, its state is 'ok' (line 3, line 8)",
        "1  left out  loss is no number: 'x' (line 4)",
        "1  left out  it has not ended: its state is 'running' (line 7)",
        "1  left out  lr: no value in it, and no default (line 5)",
    ]
    assert "lr: {type: float, min: 0.1, max: 0.4}, told from its values" in done.stderr
    diverged = read_study(here / "new").history.trials[2]
    assert (str(diverged.state), diverged.failure) == ("failed", "diverged")


def test_a_name_of_every_row_is_no_parameter_and_drops_no_value(here, tuner):
    rows = [
        "a,0.1,3,ok,0.9",
        "b,0.2,2,ok,0.5",
        "c,0.3,,crashed,0.9",
        "d,,4,ok,0.9",
        "e,0.4,1,ok,0.7",
    ]
    (here / "old.csv").write_text("run,lr,loss,status,momentum\n" + "\n".join(rows) + "\n")

    done = tuner("import", "old.csv", "--to", "new", "--metric", "loss", "--goal", "minimize")

    assert "run: a text that differs from trial to trial is left out" in done.stderr
    assert "only where" not in done.stderr
    trials = read_study(here / "new").history.trials
    assert (trials[3].params, str(trials[3].state)) == ({"lr": 0.3, "momentum": 0.9}, "failed")
    assert trials[4].finish.message == "csv line 6"
    assert "(line 5)" in done.stdout


def test_names_are_mapped_and_chosen(here, tuner):
    (here / "old.csv").write_text("learning rate,opt,host,loss\n0.1,sgd,a,1\n0.2,adamw,b,2\n")

    words = ["--map", "learning rate=lr", "--parameter", "learning rate", "--parameter", "opt"]
    tuner("import", "old.csv", "--to", "new", "--goal", "minimize", *words)

    assert read_study(here / "new").history.trials[1].params == {"lr": 0.1, "opt": "sgd"}


def test_what_was_taken_as_parameters_is_told_with_how_to_choose(here, tuner):
    (here / "old.csv").write_text("lr,acc,loss\n0.1,3,1\n0.2,4,2\n")

    said = tuner("import", "old.csv", "--to", "new", "--goal", "minimize").stderr

    assert "taken as parameters: lr, acc; --parameter NAME, once for each, says which" in said


def test_what_is_chosen_may_have_its_new_name_and_the_guess_is_not_told(here, tuner):
    (here / "old.csv").write_text("learning rate,opt,host,loss\n0.1,sgd,a,1\n0.2,adamw,b,2\n")

    words = ["--map", "learning rate=lr", "--parameter", "lr", "--goal", "minimize"]
    done = tuner("import", "old.csv", "--to", "new", *words)

    assert read_study(here / "new").history.trials[1].params == {"lr": 0.1}
    assert "taken as parameters" not in done.stderr


def test_a_table_whose_metric_is_not_known_asks_for_the_option(here, tuner):
    (here / "old.csv").write_text("lr,foo,bar\n0.1,1,2\n")

    said = tuner("import", "old.csv", "--to", "new", code=2).stderr

    assert "which column is the metric?" in said
    assert "--metric NAME says it: there are lr, foo, bar" in said


def test_a_store_of_several_studies_asks_for_the_option(here, tuner):
    done = tuner("import", FIXTURES / "optuna_two.db", "--to", "new", code=2)

    assert "holds 2 studies" in done.stderr
    assert "--study NAME says it: two, empty" in done.stderr


def test_what_a_person_has_to_say_is_asked_for_and_nothing_is_made(here, tuner):
    (here / "old.csv").write_text("params.lr,metrics.loss,metrics.acc\n0.1,1,2\n0.2,1,3\n")
    words = ["import", "old.csv", "--to", "new"]

    assert "name one with --metric; it has loss, acc" in tuner(*words, code=2).stderr
    assert "add --goal minimize or" in tuner(*words, "--metric", "acc", code=2).stderr
    assert "did you mean 'acc'" in tuner(*words, "--metric", "ac", code=2).stderr
    assert (
        "no parameter 'lrr'; did you mean 'lr'"
        in tuner(*words, "--metric", "acc", "--goal", "maximize", "--map", "lrr=x", code=2).stderr
    )
    assert not (here / "new").exists()


def test_an_old_study_is_never_written_over(here, tuner):
    words = ["import", FIXTURES / "ax.json", "--to", "new"]
    tuner(*words)
    before = (here / "new" / "ledger.jsonl").read_bytes()

    assert "holds a study already" in tuner(*words, code=2).stderr
    assert (here / "new" / "ledger.jsonl").read_bytes() == before


def test_a_pickle_is_refused(here, tuner):
    (here / "orion.pkl").write_bytes(b"\x80\x04\x95\x10")

    assert "is a Python pickle" in tuner("import", "orion.pkl", "--to", "new", code=2).stderr


def test_nothing_usable_makes_no_study(here, tuner):
    (here / "old.csv").write_text("lr,loss\n0.1,\n")

    said = tuner("import", "old.csv", "--to", "new", "--goal", "minimize", code=2).stderr

    assert "no trial of old.csv can be used" in said
    assert not (here / "new").exists()


def test_control_characters_of_a_file_never_reach_the_terminal(here, tuner):
    (here / "old.csv").write_text("lr\x1b]0;pwned\x07,loss,state\n0.1,1,ok\n0.2,1,\x1b[31m\n")

    done = tuner("import", "old.csv", "--to", "new", "--metric", "loss", "--goal", "minimize")

    assert "\x1b" not in done.stdout + done.stderr


def test_a_study_of_ours_keeps_its_space_and_what_is_not_of_it_is_said(here, tuner):
    parameters = {"x": {"type": "float", "min": 0, "max": 1}}
    metric = {"name": "loss", "goal": "minimize"}
    with Study.create(parameters=parameters, metric=metric, path="old") as study:
        study.add({"x": 0.5}, {"loss": 1.0})
        study.add({"x": 0.9}, {"loss": 2.0})
    tuner("set", "old", "parameters.x.max=0.7")

    done = tuner("import", "old", "--to", "new")

    assert "outside the bounds of x, still informs the model (1 of 2 trials)" in done.stderr
    assert [t.params for t in read_study(here / "new").history.trials.values()] == [
        {"x": 0.5},
        {"x": 0.9},
    ]


def test_what_had_to_hold_there_has_to_hold_here_and_what_cannot_is_said(here, tuner):
    with Study.create(
        parameters={
            "x": {"type": "float", "min": 0, "max": 1},
            "y": {"type": "float", "min": 0, "max": 1},
        },
        metric={"name": "loss", "goal": "minimize"},
        constraints=["ms <= 20"],
        require=["x + y <= 1.5", "x >= 0.1"],
        path="old",
    ) as study:
        study.add({"x": 0.5, "y": 0.5}, {"loss": 1.0, "ms": 30.0})
        study.add({"x": 0.9, "y": 0.5}, {"loss": 2.0, "ms": 10.0})

    done = tuner("import", "old", "--to", "new", "--map", "x=a", "--parameter", "a")

    config = read_study(here / "new").history.config
    assert config["require"] == ["a >= 0.1"]
    assert config["constraints"] == [{"metric": "ms", "op": "<=", "bound": 20.0}]
    assert "constraints: ms <= 20, as it was there" in done.stderr
    assert "require a + y <= 1.5 is not taken over" in done.stderr
    assert json.loads(tuner("best", "new", "--format", "json").stdout)["id"] == 2


def test_conditions_that_all_hold_here_are_looked_at_together(here, tuner, monkeypatch):
    looks = []

    def read(node):
        looks.append(node)
        return read_config(node)

    monkeypatch.setattr(importing, "read_config", read)
    with Study.create(
        parameters={"x": {"type": "float", "min": 0, "max": 1}},
        metric={"name": "loss", "goal": "minimize"},
        require=[f"x <= 1.{place}" for place in range(20)],
        path="old",
    ) as study:
        study.add({"x": 0.5}, {"loss": 1.0})

    tuner("import", "old", "--to", "new")

    assert len(read_study(here / "new").history.config["require"]) == 20
    assert len(looks) <= 3


def test_a_bound_on_what_no_trial_measured_is_not_taken_over(here, tuner):
    body = json.loads((FIXTURES / "ax.json").read_text())
    bounds = [
        {"expression": f"{name} <= 2.5", "relative": False} for name in ("size", "ms", "width")
    ]
    body["experiment"]["optimization_config"]["outcome_constraints"] = bounds
    (here / "old.json").write_text(json.dumps(body))

    done = tuner("import", "old.json", "--to", "new")

    assert "constraint ms <= 2.5 is not taken over: no trial has measured it" in done.stderr
    assert [each["metric"] for each in read_study(here / "new").history.config["constraints"]] == [
        "size"
    ]


def test_ten_thousand_trials_are_one_fsync_and_little_time(here, tuner, monkeypatch):
    count = 10_000
    rows = (f"{n / count},{n % 7},{'sgd' if n % 2 else 'adamw'},{n}.5" for n in range(count))
    (here / "old.csv").write_text("lr,layers,opt,loss\n" + "\n".join(rows) + "\n")
    synced, fsync = [], Disk.fsync
    monkeypatch.setattr(Disk, "fsync", lambda self, fd: synced.append(fd) or fsync(self, fd))
    began = time.process_time()

    tuner("import", "old.csv", "--to", "new", "--goal", "minimize")

    assert time.process_time() - began < 20  # 2 s on a free machine; a loop of `add` takes minutes
    assert len(synced) < 50
    assert len(read_study(here / "new").history.trials) == count
