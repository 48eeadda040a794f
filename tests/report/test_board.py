import os
from dataclasses import replace
from pathlib import Path

import pytest

from tuner.report.board import board
from tuner.report.sections import View
from tuner.report.tally import Tally
from tuner.study import Finished, History, Opened, Pulse, Started, Suggested

GOLDEN = Path(__file__).parents[1] / "golden"
PULSE = Pulse(
    slots=4,
    busy=3,
    stage="draining",
    elapsed_s=600.0,
    busy_s=2300.0,
    offered_s=2400.0,
    proposing_s=7.2,
    starting_s=45.6,
    message="waiting for 3 jobs; Ctrl-C again terminates them",
)


def view_of(history, **changes):
    return View(
        **{
            "history": history,
            "tally": Tally.of(history),
            "title": "digits",
            "state": "running",
            "detail": "by box:1",
            "elapsed": {21: 12.0, 22: 3.0, 23: 1000.0},
            **changes,
        }
    )


def drawn(view, width, height=None):
    return "".join(line.plain.rstrip() + "\n" for line in board(view, width, height))


def golden(name, text):
    """Hold a screen to the one on file; UPDATE_GOLDEN=1 writes a new one, to be looked at."""
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [80, 140, 200])
def test_the_board_looks_as_it_did(history, width):
    screen = drawn(view_of(history, pulse=PULSE, warnings=("line 3 is torn",)), width)
    assert screen == golden(f"board_{width}", screen)


@pytest.mark.parametrize("height", [1, 2, 5, 8, 12, 24])
@pytest.mark.parametrize("width", [1, 5, 20, 40, 80, 250])
def test_the_board_never_leaves_its_window(history, width, height):
    lines = board(view_of(history, pulse=PULSE), width, height)
    assert len(lines) <= height
    assert max(line.width for line in lines) <= width


def test_what_matters_most_stays_longest(history):
    small = drawn(view_of(history, pulse=PULSE), 80, 6)
    assert "digits" in small
    assert "best" in small
    assert "running" in small
    assert "Ctrl-C again" in small


def test_a_study_that_has_just_begun_can_be_drawn(make_records, make_facts):
    opened = next(iter(make_facts()))
    screen = drawn(view_of(History.replay(make_records([opened]))), 80)
    assert "nothing completed yet" in screen
    assert "0/60" in screen


def test_trials_that_all_break_a_constraint_are_not_taken_for_none(make_records, make_facts):
    opened, *facts = make_facts(5, 0)
    rule = {"metric": "latency_ms", "op": "<=", "bound": 0.0}
    opened = replace(opened, config={**opened.config, "constraints": [rule]})
    screen = drawn(view_of(History.replay(make_records([opened, *facts]))), 80)
    assert " best       5 completed, none keeps latency_ms <= 0\n" in screen


def test_places_of_a_study_that_is_over_are_told_without_a_count_and_add_up(history):
    pulse = Pulse(slots=0, busy=0, busy_s=70.0, offered_s=100.0, proposing_s=15.0, starting_s=5.0)
    text = drawn(view_of(history, state="finished", pulse=pulse), 100)

    assert "slots      used 70.0%, proposing 15.0%, start-up 5.0%, other 10.0%" in text
    assert "of the time in which there was work for them" in text


def failed_again(trials):
    """Facts of trials that all failed once and wait for another attempt."""
    yield Opened(study="s", config={"metric": {"name": "loss"}}, config_hash="h")
    for number in range(1, trials + 1):
        yield Suggested(trial=number, point={}, method="sobol")
        yield Started(trial=number, attempt=1)
        end = {"state": "failed", "failure": "oom", "again": True}
        yield Finished(trial=number, attempt=1, **end)


def shown_again(make_records, trials, height=None):
    text = drawn(view_of(History.replay(make_records(failed_again(trials)))), 80, height)
    lines = text.splitlines()
    place = next(place for place, line in enumerate(lines) if line.startswith(" goes again"))
    return [line[12:].split("  after")[0].strip() for line in lines[place:]]


def test_of_many_trials_that_go_again_the_latest_are_shown_and_the_others_counted(make_records):
    assert shown_again(make_records, 4) == ["4", "3", "2", "1"]
    assert shown_again(make_records, 7) == ["7", "6", "5", "… and 4 more"]
    assert shown_again(make_records, 7, 9)[-1:] == ["… and 5 more"]


@pytest.mark.parametrize(("state", "told"), [("running", True), ("draining", False)])
def test_what_remains_is_not_told_while_nothing_new_is_started(history, state, told):
    assert ("left" in drawn(view_of(history, state=state), 100)) is told


def handed_out(pid):
    """Facts of a study of which two points were evaluated and two are under way."""
    yield Opened(
        study="s", config={"metric": {"name": "loss"}, "stop": {"trials": 9}}, config_hash="h"
    )
    for number in range(1, 5):
        yield Suggested(trial=number, point={"x": number}, method="sobol", by_hand=True)
        yield Started(trial=number, attempt=1, host="box", pid=pid)
        if number < 3:
            yield Finished(trial=number, attempt=1, state="completed", metrics={"loss": number})


@pytest.mark.parametrize(
    ("pid", "state", "word"),
    [
        (0, "idle", "asked"),
        (0, "running", "asked"),
        (7, "idle", "left open"),
        (7, "running", "running"),
    ],
)
def test_an_open_trial_is_called_by_who_is_at_it(make_records, pid, state, word):
    history = History.replay(make_records(handed_out(pid)))
    text = drawn(view_of(history, state=state), 100)

    assert f" trials     2 {word}  2 completed" in text
    assert f"\n {word:<11}   3" in text
    assert [word] == [w for w in ("asked", "left open", "running") if f" {w} " in text[100:]]
    assert ("left" in text.replace("left open", "")) is (
        pid != 0
    )  # nobody knows how long others take


def test_hostile_words_reach_the_screen_without_their_magic(make_records):
    evil = "\x1b[31mred\x1b[0m\n[bold]x[/bold]\r\x07"
    facts = [
        Opened(study=evil, config={"metric": {"name": evil}}, config_hash="h"),
        Suggested(trial=1, point={evil: evil}, method="sobol"),
        Started(trial=1, attempt=1, devices=(evil,)),
        Finished(trial=1, attempt=1, state="failed", failure=evil, message=evil),
        Suggested(trial=2, point={evil: evil}, method="sobol"),
        Started(trial=2, attempt=2, devices=(evil,)),
    ]
    history = History.replay(make_records(facts))

    view = view_of(history, title=evil, detail=evil, warnings=(evil,))
    lines = board(view, 400)

    assert all(line.plain.isprintable() for line in lines)
    assert any("[bold]x[/bold]" in line.plain for line in lines)
