"""Promise 3: the n-th open, write, fsync or rename fails, n = 1, 2, … until none does."""

import errno
import os

import pytest

from tuner.errors import LedgerError, LedgerFullError
from tuner.ledger import Book, Disk, LedgerSpec, Mirror, Stamp, make_ledger, read_study
from tuner.study import Finished, Noted, Opened, Started, Suggested

OPENED = Opened(study="s", config={"metric": {"name": "loss", "goal": "minimize"}}, config_hash="h")
STEPS = [
    [OPENED],
    *(
        facts
        for trial in (1, 2, 3)
        for facts in (
            [Suggested(trial=trial, point={"x": trial}, method="sobol"), Started(trial=trial, attempt=1)],
            [Finished(trial=trial, attempt=1, state="completed", metrics={"loss": 1 / trial})],
        )
    ),
    [Noted(kind="mark", trial=2, text="exclude")],
    [Noted(kind="retry", trial=3)],
]  # fmt: skip


class Faulty(Disk):
    """Its n-th call of a kind fails: once, or from then on."""

    def __init__(self, call, error, n, *, lasting):
        self.kind, self.error, self.left, self.lasting, self.fired = call, error, n, lasting, False

    def _fails(self, call):
        if call != self.kind or (self.fired and not self.lasting):
            return False
        self.left -= 1
        self.fired = self.fired or self.left <= 0
        return self.fired

    def _check(self, call):
        if self._fails(call):
            raise OSError(self.error, os.strerror(self.error))

    def open(self, path, flags, *, follow=False):
        self._check("open")
        return super().open(path, flags, follow=follow)

    def write(self, descriptor, data):
        if self._fails("short write"):
            super().write(descriptor, data[: len(data) // 2])
            raise OSError(self.error, os.strerror(self.error))
        self._check("write")
        return super().write(descriptor, data)

    def fsync(self, descriptor):
        self._check("fsync")  # no machine crashes here: nobody has to wait for the real one

    def rename(self, source, target):
        self._check("rename")
        super().rename(source, target)

    def truncate(self, descriptor, size):
        self._check("truncate")
        super().truncate(descriptor, size)

    def read(self, descriptor, count, offset):
        self._check("read")
        return super().read(descriptor, count, offset)


def run(folder, form, disk):
    """Write every step; give those that were acknowledged, and the history as it was then."""
    acknowledged, clock = [], iter(range(10_000))
    try:
        ledger = make_ledger(
            folder, LedgerSpec(format=form), Stamp("h/b/1/2"), disk=disk, kind="ext4"
        )
    except LedgerError:
        return acknowledged, None
    book = Book(ledger, [Mirror(folder, monotonic=lambda: next(clock), disk=disk)])
    try:
        for step in STEPS:
            try:
                book.write(*step)
            except LedgerFullError:
                book.write(*step)  # held, and written once there is space
            acknowledged += step
    except LedgerError:
        pass
    book.close()
    return acknowledged, book.history


def summary(history):
    return {
        number: (t.state, dict(t.params), dict(t.metrics), t.attempt, t.marks)
        for number, t in history.trials.items()
    }


def reopen(folder, form, *facts):
    book = Book(make_ledger(folder, LedgerSpec(format=form), Stamp("h/b/1/3"), kind="ext4"))
    book.catch_up()
    if facts:
        book.write(*facts)
    book.close()
    return book


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("open", errno.EIO),
        ("open", errno.EMFILE),
        ("write", errno.EIO),
        ("write", errno.ENOSPC),
        ("short write", errno.ENOSPC),
        ("short write", errno.EIO),
        ("fsync", errno.EIO),
        ("fsync", errno.ENOSPC),
        ("rename", errno.EIO),
        ("truncate", errno.EIO),
        ("read", errno.EIO),
    ],
    ids=lambda value: value if isinstance(value, str) else errno.errorcode[value],
)
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_whichever_call_fails_what_was_acknowledged_is_there(form, call, error, lasting, tmp_path):
    n, fired = 0, True
    while fired:
        n += 1
        disk = Faulty(call, error, n, lasting=lasting)
        folder = tmp_path / str(n)

        acknowledged, live = run(folder, form, disk)
        fired = disk.fired

        if not fired:
            assert acknowledged == [fact for step in STEPS for fact in step]
        first = reopen(folder, form)
        if live is not None:
            before, after = summary(live), summary(first.history)
            told = {n for n in before if after.get(n) == before[n]}
            # a step that was refused may have reached the disk all the same, whole or not at all
            assert len(before.keys() - told) <= (len(acknowledged) < sum(map(len, STEPS)))
            assert before.keys() <= after.keys()
        suggested = {f.trial for f in acknowledged if isinstance(f, Suggested)}
        assert suggested <= first.history.trials.keys() <= {1, 2, 3}
        next_id = first.history.next_id
        reopen(folder, form, Suggested(trial=next_id, point={"x": 0}, method="sobol"))
        last = reopen(folder, form)
        assert last.history.next_id == next_id + 1
        assert summary(last.history).items() >= summary(first.history).items()
        assert read_study(folder).damage == last.ledger.damage
        assert all("incomplete" in each or "cells" in each for each in last.ledger.damage)
    assert n > 1 or call in ("rename", "truncate")
