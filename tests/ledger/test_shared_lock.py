import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tuner import wire
from tuner.errors import LedgerLockedError
from tuner.ledger import Disk, Stamp, this_worker
from tuner.ledger.shared_lock import SharedLock, file_system
from tuner.ledger.workers import Worker

HERE = Worker.parse(this_worker())
MOUNTS = r"""
22 28 0:21 / /proc rw,nosuid shared:12 - proc proc rw
28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
29 28 0:50 / /home rw shared:2 - nfs4 server:/home rw,vers=4.2
30 29 0:51 / /home/local\040disk rw - xfs /dev/sdb rw
31 28 0:52 / /scratch rw shared:7 master:2 - lustre mds:/scratch rw
broken line
"""


@pytest.fixture
def make_lock(tmp_path, time):
    def make(**more):
        stamp = Stamp(more.pop("worker", this_worker()), utc=time.utc)
        options = {"monotonic": time.monotonic, "sleep": time.sleep, "patience_s": 1.0, **more}
        return SharedLock(tmp_path / "ledger.lock.shared", stamp, Disk(), **options)

    return make


@pytest.fixture
def dead():
    """A process of this host that has ended."""
    job = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = f"{HERE.host}/{HERE.boot}/{job.pid}/{wire.start_ticks(job.pid):.0f}"
    job.communicate()
    return name


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/data/runs", "ext4"),
        ("/home/me/runs", "nfs4"),
        ("/home/local disk/runs", "xfs"),
        ("/homes", "ext4"),
        ("/scratch/x", "lustre"),
    ],
)
def test_the_file_system_is_that_of_the_innermost_mount(path, kind):
    assert file_system(Path(path), MOUNTS) == kind


def test_the_file_system_of_this_machine_has_a_name(tmp_path):
    assert file_system(tmp_path) != ""


def test_one_holder_at_a_time_and_the_file_goes_with_it(make_lock, tmp_path):
    one, two = make_lock(), make_lock()

    with one:
        assert not two.acquire(0)
        note = orjson.loads((tmp_path / "ledger.lock.shared").read_bytes())
    with two:
        pass

    assert note["pid"] == str(os.getpid())
    assert {"host", "boot", "start", "at"} <= note.keys()
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_dead_process_of_this_host_is_broken(make_lock, tmp_path, dead):
    make_lock(worker=dead).acquire()

    with make_lock() as lock:
        assert f"process {os.getpid()} " in lock.holder()

    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_an_earlier_boot_of_this_host_is_broken(make_lock):
    make_lock(worker=f"{HERE.host}/another-boot/{os.getpid()}/{HERE.start}").acquire()

    with make_lock():
        pass


def test_the_lock_of_another_process_with_the_same_pid_is_broken(make_lock):
    make_lock(worker=f"{HERE.host}/{HERE.boot}/{os.getpid()}/1").acquire()

    with make_lock():
        pass


def test_the_lock_of_another_host_is_left_alone(make_lock):
    make_lock(worker="elsewhere/boot/1/2").acquire()

    with pytest.raises(LedgerLockedError, match="process 1 on elsewhere"), make_lock():
        pytest.fail("two holders")


def test_the_lock_of_another_host_is_broken_with_leave_and_once(make_lock):
    lock = make_lock(take_over=True)
    make_lock(worker="elsewhere/boot/1/2").acquire()

    with lock:
        pass
    make_lock(worker="elsewhere/boot/1/2").acquire()

    assert not lock.acquire(0)


def test_a_lock_whose_holder_died_before_it_signed_is_broken_with_leave_only(make_lock, tmp_path):
    (tmp_path / "ledger.lock.shared").touch(0o600)

    assert not make_lock().acquire(0)
    assert make_lock(take_over=True).acquire(0)


def test_two_that_find_the_same_dead_holder_never_both_hold(make_lock, tmp_path, dead):
    make_lock(worker=dead).acquire()
    first, second = make_lock(), make_lock()
    stale = iter([second.read_note()])

    assert first.acquire(0)
    second.read_note = lambda: next(stale, None) or SharedLock.read_note(second)

    assert not second.acquire(0)
    assert next(stale, "looked at") == "looked at"
    assert f"process {os.getpid()} " in first.holder()


def test_a_lock_that_cannot_be_signed_is_not_left_behind(make_lock, tmp_path):
    class Full(Disk):
        def write(self, descriptor, data):
            raise OSError(28, "No space left on device")

    lock = make_lock()
    lock._disk = Full()

    with pytest.raises(Exception, match="No space left"):
        lock.acquire(0)

    assert list(tmp_path.iterdir()) == []
