import io
import os
import re
import sys

import pytest

from tuner.report.canvas import Canvas
from tuner.report.live import LiveBoard, make_watcher
from tuner.report.plain import PlainLines, Silence
from tuner.study import History, Pulse, Reported, Suggested

PULSE = Pulse(slots=4, busy=3, elapsed_s=100.0, busy_s=300.0, offered_s=320.0)


class Terminal(Canvas):
    """A canvas on a terminal of a size that may change; what is painted can be read."""

    def __init__(self, width=80, height=24):
        self.file = io.StringIO()
        self.resize(width, height)
        super().__init__(self.file, colour=False, size=lambda: self.window)

    @property
    def said(self):
        return self.file.getvalue()

    def resize(self, width, height):
        self.window = os.terminal_size((width, height))


class Tty(io.StringIO):
    def isatty(self):
        return True


def bare(text):
    """Take the escape sequences out."""
    return re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", text)


@pytest.fixture
def clock():
    class Clock:
        now = 1000.0

        def __call__(self):
            return self.now

    return Clock()


def fed(watcher, records):
    history = History()
    for record in records:
        history.apply(record)
        watcher.on_record(record, history)
    return history


def test_the_board_is_drawn_on_the_pulse_and_not_on_every_record(records, clock):
    terminal = Terminal()
    live = LiveBoard(terminal, clock=clock)

    history = fed(live, records)
    before = terminal.said
    live.on_pulse(PULSE, history)
    live.close()

    assert before == ""
    assert "20/60" in terminal.said
    assert "3 of 4 busy; used 93.8%" in terminal.said


def test_a_fallback_is_on_the_board_with_its_reason(records, clock):
    terminal = Terminal(width=120, height=40)
    live = LiveBoard(terminal, clock=clock)
    history = fed(live, records)
    live.on_pulse(PULSE, history)
    before = terminal.said
    fact = Suggested(trial=24, point={"lr": 0.1}, method="sobol", reason="the fit failed")
    record = records[-1]._replace(number=records[-1].number + 1, fact=fact)
    history.apply(record)
    live.on_record(record, history)
    clock.now += 1
    live.on_pulse(PULSE, history)
    live.close()

    assert "fallback" not in before
    assert "trial 24 is a fallback's: the fit failed" in terminal.said


def test_pulses_in_quick_succession_draw_once_but_a_new_message_at_once(records, clock):
    terminal = Terminal()
    live = LiveBoard(terminal, clock=clock)
    history = fed(live, records)
    live.on_pulse(PULSE, history)
    drawn = len(terminal.said)

    live.on_pulse(PULSE, history)
    same = len(terminal.said)
    live.on_pulse(Pulse(slots=4, busy=3, message="Ctrl-C again"), history)
    told = terminal.said[same:]
    live.close()

    assert same == drawn
    assert "Ctrl-C again" in told


def test_running_jobs_show_how_long_they_have_run(records, clock):
    terminal = Terminal(width=120, height=40)
    live = LiveBoard(terminal, clock=clock)
    history = fed(live, records)
    clock.now += 75
    live.on_pulse(PULSE, history)
    live.close()
    # the records carry a time long ago: the jobs are that much older than the 75 seconds
    line = next(
        line for line in terminal.said.splitlines() if line.startswith(" running      21  ")
    )
    assert "val_acc 0.7 at 2" in line
    assert "0.0s" not in line


def test_a_resized_terminal_is_cleared_and_drawn_anew(records, clock):
    terminal = Terminal(width=120, height=40)
    live = LiveBoard(terminal, clock=clock)
    history = fed(live, records)
    live.on_pulse(PULSE, history)
    before = len(terminal.said)
    terminal.resize(60, 12)
    clock.now += 1
    live.on_pulse(PULSE, history)
    said = terminal.said[before:]
    live.close()

    assert "\x1b[H\x1b[2J" in said
    assert all(len(line) <= 60 for line in bare(said).splitlines())


@pytest.mark.parametrize(("width", "height"), [(1, 1), (10, 2), (20, 3), (300, 80)])
def test_no_terminal_is_too_small_or_too_large(records, clock, width, height):
    live = LiveBoard(Terminal(width, height), clock=clock)
    history = fed(live, records)
    live.on_pulse(PULSE, history)
    live.close()


def test_the_last_frame_leaves_room_for_what_is_said_below_it(records, clock):
    said = ["over: 60 of 60 trials", "best: val_acc 0.95 " + "x" * 70, "  lr=0.1", "  layers=2"]
    terminal = Terminal()
    live = LiveBoard(terminal, clock=clock, parting=lambda _history: said)
    history = fed(live, records)
    live.on_pulse(PULSE, history)
    before = len(terminal.said)
    live.close()

    rows = bare(terminal.said[before:]).split("\r\n")[:-1]
    assert rows[0].startswith(" digits  maximize val_acc")
    below = 1 + 2 + 1 + 1  # the second line takes two rows
    assert len(rows) == 24 - 1 - below


def test_what_is_said_below_takes_no_more_than_half_of_the_screen(records, clock):
    terminal = Terminal()
    live = LiveBoard(terminal, clock=clock, parting=lambda _history: ["a parameter"] * 100)
    history = fed(live, records)
    live.on_pulse(PULSE, history)
    before = len(terminal.said)
    live.close()
    assert bare(terminal.said[before:]).count("\r\n") == 12


def test_closing_before_anything_happened_is_fine():
    LiveBoard(Terminal()).close()


def test_the_cursor_comes_back_when_the_board_closes(records, clock):
    terminal = Terminal()
    live = LiveBoard(terminal, clock=clock)
    live.on_pulse(PULSE, fed(live, records))
    live.close()
    assert "\x1b[?25l" in terminal.said
    assert terminal.said.rstrip().endswith("\x1b[?25h")


def test_a_board_that_cannot_be_drawn_gives_the_terminal_back(monkeypatch, records, clock):
    out = Tty()
    monkeypatch.setattr(sys, "stderr", out)
    terminal = Terminal()
    live = LiveBoard(terminal, clock=clock)
    history = fed(live, records)
    live.on_pulse(PULSE, history)
    monkeypatch.setattr("tuner.report.live.board", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        live.close()

    assert sys.stderr is out
    assert terminal.said.endswith("\x1b[?25h")


@pytest.mark.parametrize(
    ("out", "term", "options", "kind"),
    [
        (Tty(), "xterm", {}, LiveBoard),
        (Tty(), "xterm", {"verbose": True}, PlainLines),
        (Tty(), "xterm", {"quiet": True}, Silence),
        (Tty(), "dumb", {}, PlainLines),
        (Tty(), "", {}, PlainLines),
        (io.StringIO(), "xterm", {}, PlainLines),
    ],
)
def test_who_watches_follows_from_terminal_and_options(monkeypatch, out, term, options, kind):
    monkeypatch.setenv("TERM", term)
    assert type(make_watcher(out=out, **options)) is kind


def test_a_pulse_costs_next_to_nothing_however_long_the_study(make_records, make_facts):
    records = make_records(make_facts(ended=3000, running=8))
    live = LiveBoard(Terminal(120, 40), clock=lambda: 0.0)
    history = History.replay(records)
    live.on_record(records[-1], history)
    report = Reported(trial=3001, attempt=1, step=9, metrics={"val_acc": 0.5})
    small = History.replay(make_records(make_facts(ended=20, running=8)))
    few = LiveBoard(Terminal(120, 40), clock=lambda: 0.0)
    few.on_record(records[0], small)

    def steps(board, history):
        """Count the lines that drawing runs through: no clock, so no load of the machine counts."""
        count = 0

        def trace(_frame, event, _argument):
            nonlocal count
            count += event == "line"
            return trace

        board.draw(PULSE, history)  # what is made once is there
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            board.draw(PULSE, history)
        finally:
            sys.settrace(before)
        return count

    assert report.trial in history.trials
    assert 100 < steps(live, history) < 1.5 * steps(few, small)
    live.close()
    few.close()


def test_no_colour_when_asked(monkeypatch, records, clock):
    def colours():
        out = Tty()
        live = LiveBoard(Canvas(out), clock=clock)
        live.on_pulse(PULSE, fed(live, records))
        live.close()
        return re.findall(r"\x1b\[[0-9;]*m", out.getvalue())

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = colours()
    monkeypatch.setenv("NO_COLOR", "1")

    assert coloured
    assert colours() == []


def test_a_frame_starts_at_home_and_erases_only_behind_what_it_painted(records, clock):
    terminal = Terminal()
    live = LiveBoard(terminal, clock=clock)
    history = fed(live, records)
    live.on_pulse(PULSE, history)
    before = len(terminal.said)
    clock.now += 1
    live.on_pulse(PULSE, history)
    frame = terminal.said[before:]
    live.close()

    assert frame.startswith("\x1b[?2026h\x1b[?7l\x1b[H digits")
    assert "\x1b[2J" not in frame
    assert "\x1b[2K" not in frame
    assert frame.count("\r\n") == len(bare(frame).splitlines()) <= 23


def test_what_other_code_prints_waits_until_the_board_is_closed(monkeypatch, records, clock):
    out = Tty()
    monkeypatch.setattr(sys, "stderr", out)
    terminal = Terminal(height=60)
    live = LiveBoard(terminal, clock=clock)
    history = fed(live, records)
    live.on_pulse(PULSE, history)
    sys.stderr.write("UserWarning: the fit is slow\n")
    clock.now += 1
    live.on_pulse(PULSE, history)
    shown = "warning    UserWarning: the fit is slow" in terminal.said
    live.close()

    assert shown
    assert out.getvalue() == ""
    assert terminal.said.rstrip().endswith("UserWarning: the fit is slow\n\x1b[?25h")
    assert sys.stderr is out


def test_a_ledger_that_began_anew_is_counted_anew(make_records, make_facts, clock):
    terminal = Terminal(height=60)
    live = LiveBoard(terminal, clock=clock)
    live.on_pulse(PULSE, fed(live, make_records(make_facts(ended=20))))
    before = len(terminal.said)
    clock.now += 1
    live.on_pulse(PULSE, History.replay(make_records(make_facts(ended=4, running=1))))
    said = terminal.said[before:]
    live.close()

    assert "4/60" in said
    assert "20/60" not in said


def test_the_sign_that_a_row_was_cut_is_not_erased(records, clock):
    terminal = Terminal(width=60)
    live = LiveBoard(terminal, clock=clock)
    history = fed(live, records)

    live.on_pulse(PULSE, history)
    live.close()

    rows = terminal.said.split("\r\n")
    assert any(row.endswith("…") for row in rows)
    assert "…\x1b[K" not in terminal.said  # at the last column this would take the sign away
