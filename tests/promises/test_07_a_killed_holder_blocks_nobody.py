"""Promise 7: a lock ends with its holder, at once; a holder that only stands still keeps it."""

import signal
import subprocess
import sys

import pytest

from tuner.errors import LedgerLockedError
from tuner.ledger import LedgerSpec, Stamp, make_ledger, this_worker
from tuner.study import Noted

HOLDER = """
import sys
from pathlib import Path
from tuner.ledger import LedgerSpec, Stamp, make_ledger, this_worker
from tuner.study import Noted

ledger = make_ledger(Path(sys.argv[1]), LedgerSpec(), Stamp(this_worker()), kind=sys.argv[2])
with ledger.turn():
    print("held", flush=True)
    sys.stdin.readline()
    ledger.append([Noted(kind="note", text="from the holder")])
print("let go", flush=True)
sys.stdin.readline()
"""


@pytest.fixture(params=["ext4", "nfs4"])
def kind(request):
    """The lock of a local disk, and the one of a disk that hosts share."""
    return request.param


@pytest.fixture
def holder(tmp_path, kind):
    job = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path), kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert job.stdout.readline() == "held\n"
    yield job
    job.kill()
    job.communicate()


def open_ledger(folder, kind, **more):
    return make_ledger(folder, LedgerSpec(), Stamp(this_worker()), kind=kind, **more)


def test_behind_a_killed_holder_nobody_waits_at_all(holder, kind, tmp_path):
    ledger = open_ledger(tmp_path, kind, patience_s=0)
    with pytest.raises(LedgerLockedError, match=f"process {holder.pid} on "):
        ledger.append([Noted(kind="note", text="too early")])

    holder.send_signal(signal.SIGKILL)
    holder.wait()

    ledger.append([Noted(kind="note", text="at the first try")])
    assert [record.number for record in open_ledger(tmp_path, kind).catch_up()] == [1]


def test_a_holder_that_stands_still_for_a_minute_is_still_the_only_one(holder, kind, tmp_path):
    holder.send_signal(signal.SIGSTOP)
    ledger = open_ledger(tmp_path, kind, patience_s=60.0)
    clock = iter(range(0, 1000, 5))
    lock = ledger._lock
    lock._monotonic, lock._sleep = lambda: next(clock), lambda _: None

    with pytest.raises(LedgerLockedError):
        ledger.append([Noted(kind="note", text="two holders")])

    holder.send_signal(signal.SIGCONT)
    holder.stdin.write("\n")
    holder.stdin.flush()
    assert holder.stdout.readline() == "let go\n"
    assert [record.fact.text for record in ledger.catch_up()] == ["from the holder"]
    assert next(clock) > 60
