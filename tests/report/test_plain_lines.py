import io

import pytest

from tuner.report.plain import PlainLines, ending
from tuner.study import (
    Finished,
    History,
    Opened,
    Pulse,
    Reconfigured,
    Reported,
    Started,
    Suggested,
)

METRIC = {"name": "loss", "goal": "minimize"}


def spoken(records, **options):
    out = io.StringIO()
    lines = PlainLines(out, clock=lambda: "12:00:00", **options)
    history = History()
    for record in records:
        history.apply(record)
        lines.on_record(record, history)
    lines.close()
    return out.getvalue().splitlines()


@pytest.fixture
def story(make_records):
    return make_records(
        [
            Opened(study="s", config={"metric": METRIC}, config_hash="a"),
            Suggested(trial=1, point={"lr": 0.1}, method="sobol", reason="the fit failed"),
            Started(trial=1, attempt=1),
            Reported(trial=1, attempt=1, step=2, metrics={"loss": 0.75}),
            Finished(
                trial=1, attempt=1, state="failed", failure="oom", message="no\nspace", again=True
            ),
            Started(trial=1, attempt=2),
            Finished(trial=1, attempt=2, state="completed", metrics={"loss": 0.5}, wall_s=61.0),
            Reconfigured(config={"metric": METRIC}, config_hash="b", diff=("stop.trials: 1 -> 2",)),
        ]
    )


def test_a_trial_that_breaks_a_constraint_is_marked_with_what_it_breaks(make_records):
    rule = {"metric": "ms", "op": "<=", "bound": 20.0}
    facts = [Opened(study="s", config={"metric": METRIC, "constraints": [rule]}, config_hash="a")]
    for number, ms in ((1, 26.0), (2, 10.0)):
        done = {"state": "completed", "metrics": {"loss": 0.5, "ms": ms}, "wall_s": 1.0}
        facts += [
            Suggested(trial=number, point={"lr": 0.1}, method="sobol"),
            Finished(trial=number, attempt=1, **done),
        ]
    assert spoken(make_records(facts)) == [
        "12:00:00 trial 1 completed in 1.0s  loss=0.5 ms=26  ! ms <= 20 broken: 26, 6 too much",
        "12:00:00 trial 2 completed in 1.0s  loss=0.5 ms=10",
        "12:00:00 best loss 0.5 trial 2",
    ]


def by(worker, record):
    return record._replace(worker=worker)


def test_a_line_an_event(story):
    *ours, changed = story
    assert spoken([*ours, by("another", changed)]) == [
        "12:00:00 trial 1 suggested by sobol in 0.00s (the fit failed)",
        "12:00:00 trial 1 started  lr=0.1",
        "12:00:00 trial 1 failed (oom) after 0.0s, goes again: no\\nspace",
        "12:00:00 trial 1 started (attempt 2)  lr=0.1",
        "12:00:00 trial 1 completed in 1m01s  loss=0.5",
        "12:00:00 best loss 0.5 trial 1",
        "12:00:00 configuration changed: stop.trials: 1 -> 2",
    ]


def test_what_this_process_changed_when_it_opened_the_study_is_left_to_the_verb(story):
    assert not any("configuration changed" in line for line in spoken(story))


def test_the_reason_of_a_fallback_is_told_once_and_as_soon_as_it_is_one(make_records):
    reasons = ["the fit failed", "the fit failed", None, "another one", "the fit failed"]
    facts = [
        Suggested(trial=number, point={"lr": 0.1}, method="sobol", reason=reason)
        for number, reason in enumerate(reasons, start=1)
    ]
    opened = Opened(study="s", config={"metric": METRIC}, config_hash="a")
    records = make_records([opened, *facts])

    assert spoken(records) == [
        "12:00:00 trial 1 suggested by sobol in 0.00s (the fit failed)",
        "12:00:00 trial 4 suggested by sobol in 0.00s (another one)",
    ]
    assert len(spoken(records, verbose=True)) == 5


def test_nothing_is_said_twice_or_where_there_is_nothing_to_say():
    ends = {"trial": 1, "attempt": 1, "wall_s": 18.0}

    interrupted = ending(Finished(state="interrupted", again=True, **ends))
    crashed = ending(Finished(state="failed", failure="crash", message="exit code 1", **ends))

    assert interrupted == "interrupted after 18s, goes again"
    assert crashed == "failed (crash) after 18s: exit code 1"


def test_verbose_lines_tell_reports_too(story):
    assert "12:00:00 trial 1 at 2  loss=0.75" in spoken(story, verbose=True)


def test_a_message_of_the_loop_is_said_once():
    out = io.StringIO()
    lines = PlainLines(out, clock=lambda: "t")
    for message in (None, "waiting", "waiting", "terminating"):
        lines.on_pulse(Pulse(slots=1, busy=1, message=message), History())
    assert out.getvalue() == "t waiting\nt terminating\n"


def test_a_reader_that_has_gone_does_not_disturb_the_study(story):
    class Gone(io.StringIO):
        def write(self, words):
            raise BrokenPipeError

    lines = PlainLines(Gone())
    history = History()
    for record in story:
        history.apply(record)
        lines.on_record(record, history)
    lines.close()
