"""Promise 5, the ledger's part: a full disk is said clearly, loses nothing, and is over when it is."""

import errno
import os
import shutil
import subprocess

import pytest

from tuner.errors import LedgerFullError
from tuner.ledger import Book, Disk, LedgerSpec, Mirror, Stamp, make_ledger, read_study, verify
from tuner.study import Finished, Opened, Suggested

OPENED = Opened(study="s", config={"metric": {"name": "loss", "goal": "minimize"}}, config_hash="h")


class Small(Disk):
    """Has room for so many bytes, whatever file they go to; takes what fits, as a real one does."""

    def __init__(self, room):
        self.room = room

    def write(self, descriptor, data):
        if self.room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        data = data[: self.room]
        self.room -= len(data)
        return super().write(descriptor, data)

    def fsync(self, descriptor):
        """No machine crashes here: nobody has to wait for the real one."""

    def truncate(self, descriptor, size):
        self.room += os.fstat(descriptor).st_size - size
        super().truncate(descriptor, size)


def facts_of(trial):
    return [
        Suggested(trial=trial, point={"x": trial}, method="sobol"),
        Finished(trial=trial, attempt=1, state="completed", metrics={"loss": 1.0}),
    ]


def fill(book):
    """Run trials until one cannot be written; give its number."""
    for trial in range(book.history.next_id, 10_000):
        try:
            book.write(*facts_of(trial))
        except LedgerFullError:
            return trial
    raise AssertionError("the disk is never full")


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize("room", range(9_000, 9_700, 61))
def test_wherever_the_space_ends_nothing_is_lost_and_writing_goes_on(form, room, tmp_path):
    disk = Small(room)
    spec, stamp = LedgerSpec(format=form), Stamp("h/b/1/2")
    book = Book(make_ledger(tmp_path, spec, stamp, disk=disk, kind="ext4"))
    book.write(OPENED)

    stuck = fill(book)
    for _ in range(3):
        with pytest.raises(LedgerFullError, match="No space left on device") as full:
            book.write(*facts_of(stuck))
        assert "make space" in full.value.hint
    between = read_study(tmp_path)
    disk.room = 1 << 20
    book.write(*facts_of(stuck))

    assert between.damage == []
    assert between.history.ended == stuck - 1
    assert read_study(tmp_path).history.ended == stuck
    assert verify(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.call(command, stderr=subprocess.DEVNULL):
        pytest.skip("mounting a file system is not permitted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_real_disk_of_64_kib_fills_up_and_is_cleared(small_disk):
    filler = small_disk / "filler"
    filler.write_bytes(bytes(16 << 10))
    folder = small_disk / "study"
    book = Book(make_ledger(folder, LedgerSpec(), Stamp("h/b/1/2")), [Mirror(folder)])
    book.write(OPENED)

    stuck = fill(book)
    between = read_study(folder)
    filler.unlink()
    book.write(*facts_of(stuck))
    book.close()

    assert between.history.ended == stuck - 1
    assert between.damage == []
    assert read_study(folder).history.ended == stuck
    assert verify(folder) == []
