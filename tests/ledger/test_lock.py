import fcntl
import os
import threading

import pytest

from tuner.errors import LOCKED, LedgerError, LedgerLockedError
from tuner.ledger import Disk, this_worker
from tuner.ledger.lock import LocalLock
from tuner.ledger.stamp import Stamp


@pytest.fixture
def make_lock(tmp_path, time):
    def make(**more):
        stamp = more.pop("stamp", Stamp(this_worker(), utc=time.utc))
        defaults = {"monotonic": time.monotonic, "sleep": time.sleep}
        return LocalLock(tmp_path / "ledger.lock", stamp, Disk(), **{**defaults, **more})

    return make


def test_one_holder_at_a_time(make_lock):
    one, two = make_lock(), make_lock()

    with one:
        assert not two.acquire(0)
    assert two.acquire(0)
    two.release()


def test_a_holder_may_hold_it_again(make_lock):
    one, two = make_lock(), make_lock()

    with one:
        with one:
            pass
        assert not two.acquire(0)
    assert two.acquire(0)
    two.release()


def test_waiting_ends_with_an_error_that_names_the_holder(make_lock, time):
    holder, waiter = make_lock(), make_lock(patience_s=30.0)
    began = time.now

    with holder, pytest.raises(LedgerLockedError) as caught, waiter:
        pytest.fail("two holders")

    assert f"process {os.getpid()} on " in str(caught.value)
    assert "2026-01-31T09:30:00" in str(caught.value)
    assert caught.value.exit_code == LOCKED
    assert 30 <= time.now - began < 31


def test_a_holder_that_says_nothing_is_an_unknown_process(make_lock, tmp_path):
    waiter = make_lock(patience_s=0)
    descriptor = os.open(tmp_path / "ledger.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)

    with pytest.raises(LedgerLockedError, match="an unknown process"), waiter:
        pytest.fail("two holders")

    os.close(descriptor)


@pytest.mark.parametrize("note", [b"", b"{", b"[1]", b'{"pid": {"a": 1}}', b"\xff"])
def test_whatever_stands_in_the_lock_file_it_is_only_text(make_lock, tmp_path, note):
    lock = make_lock()
    (tmp_path / "ledger.lock").write_bytes(note)

    assert isinstance(lock.holder(), str)
    with lock:
        assert f"process {os.getpid()} on " in lock.holder()


def test_a_holders_name_cannot_steer_the_terminal(make_lock, tmp_path):
    (tmp_path / "ledger.lock").write_bytes(b'{"pid": "\\u001b[31m1", "host": "h", "at": "x"}')

    assert "\x1b" not in make_lock().holder()


def test_a_lock_file_that_is_a_link_is_refused(make_lock, tmp_path):
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "ledger.lock").symlink_to(tmp_path / "victim")

    with pytest.raises(LedgerError, match="symbolic link"), make_lock():
        pytest.fail("went through a link")

    assert (tmp_path / "victim").read_text() == "precious"


def test_a_lock_file_that_was_removed_never_leads_to_two_holders(make_lock, tmp_path):
    class Slow(Disk):
        """Somebody removes the file between open and lock."""

        def open(self, path, flags, *, follow=False):
            descriptor = super().open(path, flags, follow=follow)
            if path.exists() and not self.done:
                self.done = True
                path.unlink()
            return descriptor

        done = False

    one, two = make_lock(), make_lock()
    one._disk = Slow()

    assert one.acquire(1.0)
    assert not two.acquire(0)
    one.release()


def test_a_lock_that_cannot_be_made_says_so(make_lock, tmp_path):
    lock = make_lock()
    lock.path = tmp_path / "nowhere" / "ledger.lock"

    with pytest.raises(LedgerError, match=r"cannot be locked.*No such file"), lock:
        pytest.fail("held what is not there")


def test_threads_of_one_process_exclude_each_other(make_lock):
    lock, seen = make_lock(), []

    with lock:
        thread = threading.Thread(target=lambda: seen.append(lock.acquire(0.01)))
        thread.start()
        thread.join()

    assert seen == [False]


def test_the_file_stays_and_is_private(make_lock, tmp_path):
    with make_lock():
        pass

    assert (tmp_path / "ledger.lock").stat().st_mode & 0o777 == 0o600


def test_a_full_disk_does_not_keep_the_lock_from_holding(make_lock):
    class Full(Disk):
        def write(self, descriptor, data):
            raise OSError(28, "No space left on device")

    one, two = make_lock(), make_lock()
    one._disk = Full()

    with one:
        assert not two.acquire(0)
