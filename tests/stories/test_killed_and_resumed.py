"""Interrupts, kills, and several processes on one study."""

import shutil
import signal
import time

import psutil
import pytest


def slow(desk, trials=4, **sections):
    desk.write(stop={"trials": trials}, **sections)


def points(desk, study="study"):
    return [(row["id"], row["params"], row["metrics"], row["state"]) for row in desk.trials(study)]


@pytest.mark.parametrize("method", ["sobol", "bayes"])
def test_32_a_killed_and_resumed_serial_study_equals_the_uninterrupted_one(desk, method):
    desk.write(search={"method": method}, stop={"trials": 8}, dir="whole")
    desk.tuner("run", "study.yaml")
    desk.write(search={"method": method}, stop={"trials": 8})
    for completed in (1, 3, 6):
        process = desk.start("run", "study.yaml", SECONDS="0.1")
        desk.until(lambda n=completed: desk.count("finished", state="completed") >= n)
        time.sleep(0.05)
        process.kill()
        process.communicate()
    desk.tuner("run", "study.yaml")

    killed = points(desk)
    assert killed == points(desk, "whole")


def test_32_with_an_older_study_a_killed_and_resumed_study_equals_the_uninterrupted_one(desk):
    desk.write(dir="older", stop={"trials": 10})
    desk.tuner("run", "study.yaml")
    learning = {
        "search": {"method": "bayes"},
        "stop": {"trials": 8},
        "warm_start": {"studies": "older"},
    }
    desk.write(**learning, dir="whole")
    desk.tuner("run", "study.yaml")
    desk.write(**learning)
    process = desk.start("run", "study.yaml", SECONDS="0.1")
    desk.until(lambda: desk.count("finished", state="completed") >= 3)
    process.kill()
    process.communicate()
    shutil.rmtree(desk.folder / "older")
    desk.tuner("run", "study.yaml")

    assert points(desk) == points(desk, "whole")
    assert next(row["method"] for row in desk.trials()) == "memory"


def test_17_one_interrupt_waits_two_terminate(desk):
    slow(desk, trials=5)
    process = desk.start("run", "study.yaml", SECONDS="1.0")
    desk.until(lambda: desk.count("started") == 1)

    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)

    assert process.returncode == 130
    assert said.rstrip().endswith("go on with: tuner run study.yaml")
    assert [row["state"] for row in desk.trials()] == ["completed"]
    assert desk.facts()[-1]["fact"] == "closed"

    process = desk.start("run", "study.yaml", SECONDS="30")
    desk.until(lambda: desk.count("started") == 2)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)

    assert process.returncode == 130
    assert desk.count("finished", state="interrupted") == 1
    assert desk.facts()[-1]["fact"] == "closed"


def test_17_sigterm_terminates_the_jobs_and_exits_143(desk):
    slow(desk)
    process = desk.start("run", "study.yaml", SECONDS="30")
    desk.until(lambda: desk.count("started") == 1)
    pid = next(f["pid"] for f in desk.facts() if f["fact"] == "started")

    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)

    assert process.returncode == 143
    assert not psutil.pid_exists(pid)
    assert desk.facts()[-1]["fact"] == "closed"


def test_what_was_interrupted_runs_again_with_the_next_command(desk):
    slow(desk, trials=2)
    process = desk.start("run", "study.yaml", SECONDS="30")
    desk.until(lambda: desk.count("started") == 1)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)

    desk.tuner("run", "study.yaml")

    rows = desk.trials()
    assert [(row["id"], row["state"], row["attempt"]) for row in rows] == [
        (1, "completed", 2),
        (2, "completed", 1),
    ]


def test_06_two_processes_share_one_study(desk):
    desk.write(stop={"trials": 16})
    workers = [desk.start("run", "study.yaml", SECONDS="0.1") for _ in range(2)]
    for worker in workers:
        worker.communicate(timeout=60)
        assert worker.returncode == 0

    rows = desk.trials()
    assert [row["state"] for row in rows] == ["completed"] * 16
    assert len({(row["params"]["x"], row["params"]["y"]) for row in rows}) == 16
    assert desk.count("finished") == 16
    assert len({f["w"] for f in desk.facts() if f["fact"] == "started"}) == 2


def test_a_live_study_follows_set_and_stop(desk):
    desk.write(stop={"trials": 500})
    process = desk.start("run", "study.yaml", SECONDS="0.2")
    desk.until(lambda: desk.count("started") == 1)

    desk.tuner("set", "study", "parallel=3")
    desk.until(lambda: desk.count("started") - desk.count("finished") == 3)
    desk.tuner("stop", "study")
    process.communicate(timeout=30)

    assert process.returncode == 0
    assert {row["state"] for row in desk.trials()} == {"completed"}


def test_a_dead_tuner_leaves_no_job_and_its_trial_runs_again(desk):
    slow(desk, trials=2)
    process = desk.start("run", "study.yaml", SECONDS="30")
    desk.until(lambda: desk.count("started") == 1)
    supervisor = next(f["pid"] for f in desk.facts() if f["fact"] == "started")
    desk.until(lambda: psutil.pid_exists(supervisor) and psutil.Process(supervisor).children())

    process.kill()
    process.communicate()
    desk.until(lambda: not psutil.pid_exists(supervisor), seconds=20)
    desk.tuner("run", "study.yaml")

    assert desk.count("finished", state="lost") == 1
    assert [row["attempt"] for row in desk.trials()] == [2, 1]


def test_a_config_that_is_wrong_starts_nothing_and_writes_nothing(desk):
    desk.write(parameters={"x": {"type": "flaot", "min": 0, "max": 1}})

    said = desk.tuner("run", "study.yaml", code=2)

    assert said.startswith("study.yaml:")
    assert not (desk.folder / "study").exists()
    assert {path.name for path in desk.folder.iterdir()} == {"job.py", "study.yaml"}


def test_a_second_process_says_that_it_joined_and_what_the_first_still_runs(desk):
    desk.write(stop={"trials": 2})
    hold = desk.folder / "hold"
    hold.touch()
    first = desk.start("run", "study.yaml", HOLD=str(hold))
    desk.until(lambda: desk.count("started") == 1)
    _, said = desk.start("run", "study.yaml").communicate(timeout=60)
    hold.unlink()
    first.communicate(timeout=60)

    assert "joining another tuner on" in said
    assert "over: 2 of 2 trials; 1 trial has ended" in said
    assert said.rstrip().endswith("1 trial is still run by another tuner")
    assert [row["state"] for row in desk.trials()] == ["completed", "completed"]
