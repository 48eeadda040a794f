"""Findings on a study's health: what is wrong is found and comes with what to do, good ones are said."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.insight.conftest import bowl
from tuner.insight.doubts import FEWEST_JUDGED, POOR
from tuner.insight.make import health, understand
from tuner.space import Choice, Float, Int, Space
from tuner.study import Finished, Started, Suggested, marked

SPACE = Space(
    (
        Float(name="rate", min=1e-5, max=1e-1, log=True),
        Int(name="layers", min=1, max=4),
        Float(name="dull", min=0.0, max=1.0),
    )
)


def about(findings, what):
    return [finding for finding in findings if finding.about == what]


def test_a_good_study_hears_that_it_is(studies):
    history = studies.sobol(SPACE, lambda p: bowl(p) + abs(p["layers"] - 2), 40)
    findings = health(history, SPACE, understand(history, SPACE), free=10**12, taken=10**6)

    said = {(finding.about, finding.level) for finding in findings}
    assert {("model", "good"), ("noise", "good"), ("failures", "good"), ("disk", "good")} <= said
    [idle] = about(findings, "parameters")
    assert idle.text.startswith("dull does next to nothing")
    assert "fix" in idle.todo


@pytest.mark.parametrize(("miss", "level"), [(1.0, "good"), (3.0, "note")])
def test_results_are_held_against_what_was_foretold_of_them(studies, miss, level):
    history = studies.start()
    for number in range(1, 13):
        sign = 1 if number % 2 else -1
        value = 0.5 + (miss if number > 6 else 0.5) * sign * 0.1
        point = {"rate": 1e-3, "layers": 2, "dull": number / 20}
        studies.trial(history, point, value, mean=0.5, sd=0.1)
        judged = about(health(history, SPACE, None), "foretold")
        assert len(judged) == (number >= FEWEST_JUDGED)

    assert judged[0].level == level
    assert judged[0].text.startswith(f"{12 if miss < 2 else 6} of 12 results")


def test_the_best_at_a_bound_is_named_with_its_side(studies):
    history = studies.start()
    for number in range(8):
        studies.trial(history, {"rate": 0.1 / 2**number, "layers": 2, "dull": 0.5}, float(number))
    [bound] = about(health(history, SPACE, None), "bounds")
    assert (bound.level, "best rate (0.1) sits at its upper bound 0.1" in bound.text) == (
        "warning",
        True,
    )
    assert "larger `max`" in bound.todo


def test_a_bound_of_what_does_nothing_is_not_worth_widening(studies):
    history = studies.sobol(SPACE, lambda p: bowl(p) + abs(p["layers"] - 2), 40)
    studies.trial(history, {"rate": 1e-3, "layers": 2, "dull": 1.0}, 0.19)
    assert about(health(history, SPACE, None), "bounds")[0].level == "warning"
    findings = health(history, SPACE, understand(history, SPACE))
    assert [finding.level for finding in about(findings, "bounds")] == ["good"]


def test_noise_that_hides_everything_is_a_warning(studies):
    rng = np.random.default_rng(0)
    history = studies.sobol(SPACE, lambda p: float(rng.normal()), 40)
    findings = health(history, SPACE, understand(history, SPACE))
    assert [finding.level for finding in about(findings, "noise")] == ["warning"]
    assert "tuner rerun" in about(findings, "noise")[0].todo
    assert about(findings, "model")[0].level == "warning"


def test_a_model_that_hardly_foretells_says_nothing_of_sobol_points(studies):
    rng = np.random.default_rng(0)
    history = studies.sobol(SPACE, lambda p: float(rng.normal()), 40)
    found = understand(history, SPACE)
    race = found.against_sobol()
    assert np.isnan(race.chance)
    assert race.doubt in found.importance().doubts
    [_, said] = about(health(history, SPACE, found), "model")
    assert "cannot be told" in said.text
    assert "probability" not in said.text


@pytest.mark.parametrize(("weight", "said"), [(1.2, []), (1.7, ["kind matters most"])])
def test_a_model_that_hardly_foretells_says_nothing_of_parameters(studies, weight, said):
    space = Space((Float(name="x", min=0.0, max=1.0), Choice(name="kind", values=("a", "b"))))

    def cost(p):
        return math.sin(977 * p["x"]) + weight * (p["kind"] == "a")

    history = studies.sobol(space, cost, 60)
    found = understand(history, space)
    findings = health(history, space, found)
    assert found.importance().tells  # a model may be sure and wrong
    assert (found.calibration().r2 < POOR) == (not said)
    assert ("trust measurements" in about(findings, "model")[0].todo) == (not said)
    assert [finding.text[:17] for finding in about(findings, "parameters")] == said


@pytest.mark.parametrize("goal", ["minimize", "maximize"])
def test_a_value_too_good_to_be_true_is_named_with_what_to_do(studies, goal):
    sign = 1 if goal == "minimize" else -1
    fine = studies.sobol(SPACE, lambda p: sign * bowl(p), 20, goal=goal)
    assert not about(health(fine, SPACE, understand(fine, SPACE)), "results")
    history = studies.sobol(SPACE, lambda p: sign * bowl(p), 20, goal=goal)
    wrong = studies.trial(history, {"rate": 0.05, "layers": 3, "dull": 0.9}, sign * -1e30)
    found = understand(history, SPACE)
    findings = health(history, SPACE, found, study="runs/a")

    [said] = about(findings, "results")
    assert said.level == "warning"
    best = min(sign * trial.metrics["loss"] for trial in fine.completed)
    assert f"trial {wrong} measured loss {sign * -1e30:.4g}, too good to be true" in said.text
    assert f"to the model it is {sign * best:.4g}" in said.text
    assert f"tuner mark runs/a {wrong} exclude" in said.todo
    assert f"tuner rerun runs/a {wrong}" in said.todo
    assert said.text in found.importance().doubts
    assert found.against_sobol().doubt == said.text

    for fact in marked(wrong, ["exclude"], None):
        studies.write(history, fact)
    assert not about(health(history, SPACE, understand(history, SPACE)), "results")


def test_failures_are_counted_by_class_and_placed(studies):
    history = studies.start()
    for number in range(20):
        rate = 10.0 ** -(1 + number / 5)
        value = ("oom" if number % 2 else "diverged") if number < 4 else rate
        studies.trial(history, {"rate": rate, "layers": 1 + number % 4, "dull": 0.5}, value)
    [found] = about(health(history, SPACE, None), "failures")
    assert "4 of 20 trials failed: 2 diverged, 2 oom" in found.text
    assert "all at rate >= 0.02512, where 0% of the others lie" in found.text
    assert "tuner show 4" in found.todo  # nothing of ours ran it: there is no log
    [found] = about(health(history, SPACE, None, see=in_runs_a), "failures")
    assert "tuner show runs/a 4" in found.todo


def in_runs_a(trial):
    return trial.seen_by("runs/a")


@pytest.mark.parametrize(
    ("failure", "command"),
    [
        ("crash", "tuner logs runs/a 1 --stderr"),
        ("oom", "tuner logs runs/a 1 --stderr"),
        ("no_metric", "tuner logs runs/a 1"),
        ("diverged", "tuner logs runs/a 1"),
        ("unstartable", "tuner show runs/a 1"),
    ],
)
def test_the_log_of_a_failed_command_is_named_with_its_study(studies, failure, command):
    history = studies.start()
    point = {"rate": 0.1, "layers": 1, "dull": 0.5}
    studies.write(history, Suggested(trial=1, point=point, method="sobol"))
    studies.write(history, Started(trial=1, attempt=1, argv=("train",)))
    studies.write(history, Finished(trial=1, attempt=1, state="failed", failure=failure))

    [found] = about(health(history, SPACE, None, see=in_runs_a), "failures")

    assert found.todo == f"see why: {command}"


def test_failures_of_one_value_are_placed_there(studies):
    space = Space((Choice(name="kind", values=("a", "b")), Float(name="x", min=0.0, max=1.0)))
    history = studies.start()
    for number in range(16):
        kind = "b" if number % 4 == 0 else "a"
        value = "crash" if kind == "b" else number / 16
        studies.trial(history, {"kind": kind, "x": (number * 7 % 16) / 16}, value)
    [found] = about(health(history, space, None), "failures")
    assert "all at kind = b" in found.text


@pytest.mark.parametrize(("pause_s", "level"), [(0.0, "good"), (60.0, "warning")])
def test_slots_that_wait_are_told_from_slots_that_work(studies, pause_s, level):
    history = studies.start(resources={"parallel": 2})
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(12):
        start = begun + timedelta(seconds=(30.0 + pause_s) * (number // 2))
        times = (start.isoformat(), (start + timedelta(seconds=30)).isoformat())
        studies.trial(history, {"rate": 1e-3, "layers": 1, "dull": 0.1}, 0.5, at=times)
    [found] = about(health(history, SPACE, None), "slots")
    assert found.level == level
    assert "2 slots were at work" in found.text


@pytest.mark.parametrize(("workers", "level"), [("ab", "good"), ("aa", "warning")])
def test_the_time_between_two_sessions_is_no_time_of_slots(studies, workers, level):
    history = studies.start(resources={"parallel": 2})
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(24):
        start = begun + timedelta(seconds=30.0 * (number // 2) + 840.0 * (number // 12))
        times = (start.isoformat(), (start + timedelta(seconds=30)).isoformat())
        who = workers[number // 12]
        point = {"rate": 1e-3, "layers": 1, "dull": 0.1}
        studies.trial(history, point, 0.5, at=times, worker=who)
    [found] = about(health(history, SPACE, None), "slots")
    assert found.level == level


def test_a_full_disk_is_a_warning_with_what_frees_it(studies):
    [disk] = about(health(studies.start(), SPACE, None, free=10**8, taken=10**9), "disk")
    assert disk.level == "warning"
    assert "tuner clean" in disk.todo


def test_every_warning_says_what_to_do(studies):
    rng = np.random.default_rng(1)
    history = studies.sobol(SPACE, lambda p: float(rng.normal()), 20)
    for _ in range(12):
        studies.trial(history, {"rate": 0.1, "layers": 4, "dull": 0.0}, "timeout")
    findings = health(history, SPACE, understand(history, SPACE), free=1, taken=2)
    assert all(finding.todo for finding in findings if finding.level == "warning")


def test_what_was_asked_of_the_model_is_not_asked_again(monkeypatch, studies):
    history = studies.sobol(SPACE, lambda p: bowl(p) + abs(p["layers"] - 2), 8)
    found = understand(history, SPACE)
    before = (found.calibration(), found.against_sobol(), found.importance(), found.slices())
    for name in ("calibration_of", "race_of", "importance_of", "slices_of"):
        monkeypatch.setattr(f"tuner.insight.make.{name}", None)

    health(history, SPACE, found)

    after = (found.calibration(), found.against_sobol(), found.importance(), found.slices())
    assert all(one is other for one, other in zip(before, after, strict=True))
