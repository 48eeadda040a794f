import os
import signal
import subprocess
import sys
import time as real_time

import pytest

from tuner import wire
from tuner.ledger import Disk, Presence, is_alive, this_worker
from tuner.ledger.workers import Worker, remove_leftovers

HERE = Worker.parse(this_worker())
AWAY = "elsewhere/boot-b/77/8800"


@pytest.fixture
def make_presence(tmp_path, time):
    made = []

    def make(worker=None, **more):
        more = {"beat_s": 0, "monotonic": time.monotonic, **more}
        presence = Presence(tmp_path, worker, **more)
        made.append(presence)
        return presence

    yield make
    for presence in made:
        presence.close()


@pytest.fixture
def job():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.communicate()


def name_of(pid):
    return f"{HERE.host}/{HERE.boot}/{pid}/{wire.start_ticks(pid):.0f}"


def test_a_worker_is_host_boot_pid_and_start():
    assert HERE.pid == str(os.getpid())
    assert HERE.boot == wire.boot_id()
    assert HERE.runs_here()


@pytest.mark.parametrize("name", ["", "x", "a/b", "a/b/c/d/e", "../../etc", "a/b/-1/x", "a/b/٣/1"])
def test_a_name_of_another_form_is_nobody_alive(name):
    assert not Worker.parse(name).runs_here()
    assert "/" not in Worker.parse(name).file


def test_a_process_of_this_host_lives_until_it_ends(make_presence, job):
    presence, name = make_presence(), name_of(job.pid)

    assert is_alive(name, presence)
    job.send_signal(signal.SIGKILL)
    job.wait()
    assert not is_alive(name, presence)


def test_a_stopped_process_lives(make_presence, job):
    job.send_signal(signal.SIGSTOP)

    assert is_alive(name_of(job.pid), make_presence())

    job.send_signal(signal.SIGCONT)


def test_a_pid_that_is_used_again_is_another_process(make_presence, job):
    name = f"{HERE.host}/{HERE.boot}/{job.pid}/1"

    assert not is_alive(name, make_presence())


def test_an_earlier_boot_of_this_host_is_dead(make_presence, job):
    name = f"{HERE.host}/earlier/{job.pid}/{wire.start_ticks(job.pid):.0f}"

    assert not is_alive(name, make_presence())


def test_a_process_of_another_host_lives_while_its_heartbeat_moves(make_presence, time):
    presence, other = make_presence(), make_presence(AWAY)

    for _ in range(10):
        assert is_alive(AWAY, presence)
        time.now += 50
        other.beat()
    assert is_alive(AWAY, presence)
    time.now += 59
    assert is_alive(AWAY, presence)
    time.now += 1
    assert not is_alive(AWAY, presence)
    other.beat()
    assert is_alive(AWAY, presence)


def test_a_process_of_another_host_without_a_heartbeat_gets_a_minute(make_presence, time):
    presence = make_presence()

    assert is_alive(AWAY, presence)
    time.now += 60
    assert not is_alive(AWAY, presence)


def test_no_wall_clock_decides_about_life(make_presence, time, tmp_path):
    presence, other = make_presence(), make_presence(AWAY)
    assert is_alive(AWAY, presence)

    for stamp in (0, 2**31 + 10 * 365 * 86400):
        os.utime(other._own, (stamp, stamp))
        assert is_alive(AWAY, presence)


def test_others_are_seen_and_the_dead_are_cleared_away(make_presence, job, tmp_path):
    presence = make_presence()
    assert not presence.others_alive()

    make_presence(name_of(job.pid))
    assert presence.others_alive()
    job.send_signal(signal.SIGKILL)
    job.wait()

    assert not presence.others_alive()
    assert len(list((tmp_path / "workers").iterdir())) == 1


def test_the_dead_of_another_host_are_cleared_away_once_that_is_sure(make_presence, time):
    presence, other = make_presence(), make_presence(AWAY)

    assert presence.others_alive()
    time.now += 60
    assert not presence.others_alive()
    assert not other._own.exists()


def test_closing_takes_the_heartbeat_away_for_good(make_presence, tmp_path):
    presence = make_presence()

    presence.close()
    presence.beat()

    assert list((tmp_path / "workers").iterdir()) == []


def test_the_heartbeat_beats_by_itself(make_presence):
    presence = make_presence(beat_s=0.005)
    first, give_up_at = presence._own.read_bytes(), real_time.monotonic() + 20

    while presence._own.read_bytes() == first:
        assert real_time.monotonic() < give_up_at
        real_time.sleep(0.005)


def test_a_full_disk_stops_no_heart(make_presence):
    class Full(Disk):
        def write(self, descriptor, data):
            raise OSError(28, "No space left on device")

    presence = make_presence(disk=Full())

    presence.beat()

    assert presence.others_alive() is False


def test_files_and_folder_are_private(make_presence, tmp_path):
    presence = make_presence()

    assert presence.folder.stat().st_mode & 0o777 == 0o700
    assert presence._own.stat().st_mode & 0o777 == 0o600


def test_half_written_files_of_the_dead_are_removed_and_no_others(tmp_path, job):
    dead = tmp_path / f".trials.csv.{HERE._replace(start='1').file}.tmp"
    alive = tmp_path / f".trials.csv.{Worker.parse(name_of(job.pid)).file}.tmp"
    away = tmp_path / f".trials.csv.{Worker.parse(AWAY).file}.tmp"
    for path in (dead, alive, away, tmp_path / ".mine.tmp"):
        path.touch()

    remove_leftovers(tmp_path, Disk())

    assert not dead.exists()
    assert alive.exists()
    assert away.exists()
    assert (tmp_path / ".mine.tmp").exists()
