"""Promise 12, the ledger's part: a wall clock that jumps changes labels and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from tuner.ledger import Book, LedgerSpec, Presence, Stamp, is_alive, make_ledger, read_study
from tuner.study import Finished, Opened, Started, Suggested
from tuner.study.ranking import ranked, trace

OPENED = Opened(study="s", config={"metric": {"name": "loss", "goal": "minimize"}}, config_hash="h")
JUMPS = {
    "steady": timedelta(0),
    "back a day": timedelta(days=-1),
    "forward ten years": timedelta(days=3653),
}
FAR = "elsewhere/boot/7/8"


class Clocks:
    """A wall clock that can be set, and a monotonic one that cannot."""

    def __init__(self):
        self.wall, self.now = datetime(2026, 1, 31, tzinfo=UTC), 50.0

    def utc(self):
        return self.wall

    def monotonic(self):
        return self.now

    def pass_s(self, seconds):
        self.now += seconds
        self.wall += timedelta(seconds=seconds)


def run(folder, form, jump):
    """Run six trials, the clock set between the third and the fourth."""
    clocks = Clocks()
    stamp = Stamp("h/b/1/2", utc=clocks.utc, monotonic=clocks.monotonic)
    book = Book(make_ledger(folder, LedgerSpec(format=form), stamp))
    book.write(OPENED)
    for trial in (3, 1, 2, 6, 4, 5):
        clocks.pass_s(10)
        book.write(
            Suggested(trial=trial, point={"x": trial}, method="sobol"),
            Started(trial=trial, attempt=1),
        )
        clocks.pass_s(10)
        book.write(Finished(trial=trial, attempt=1, state="completed", metrics={"loss": 1 / trial}))
        if trial == 2:
            clocks.wall += jump
    book.close()
    return read_study(folder).history


def told(history):
    """Give everything but labels."""
    trials = [
        (t.id, t.state, dict(t.params), dict(t.metrics), t.finish_number)
        for t in history.trials.values()
    ]
    order = [row.trial.id for row in ranked(history)]
    return trials, order, trace(history), history.wall_s, history.next_id


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize("jump", JUMPS)
def test_order_and_durations_are_those_of_a_steady_clock(form, jump, tmp_path):
    jumped = run(tmp_path / "jumped", form, JUMPS[jump])
    steady = run(tmp_path / "steady", form, JUMPS["steady"])

    assert told(jumped) == told(steady)
    assert jumped.wall_s == 120.0
    assert [loss for _, loss in trace(jumped)] == [1 / 3, 1 / 6]


def test_the_label_is_what_the_wall_clock_said(tmp_path):
    history = run(tmp_path, "jsonl", JUMPS["forward ten years"])

    assert history.trials[2].finished_at == "2026-01-31T00:01:00.000000Z"
    assert history.trials[6].suggested_at == "2036-02-01T00:01:10.000000Z"


@pytest.mark.parametrize("jump", JUMPS)
def test_nobody_is_taken_for_dead_or_alive_by_the_wall_clock(jump, tmp_path, monkeypatch):
    clocks = Clocks()
    monkeypatch.setattr("time.time", clocks.wall.timestamp)
    ours = Presence(tmp_path, "h/b/1/2", beat_s=0, monotonic=clocks.monotonic)
    theirs = Presence(tmp_path, FAR, beat_s=0, monotonic=clocks.monotonic)
    assert is_alive(FAR, ours)

    clocks.wall += JUMPS[jump]
    theirs.beat()
    assert is_alive(FAR, ours)
    clocks.pass_s(59)
    assert is_alive(FAR, ours)
    clocks.wall -= 2 * JUMPS[jump]
    clocks.now += 1
    assert not is_alive(FAR, ours)
