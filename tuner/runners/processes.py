"""What the supervisor asks of the system: who descends from whom, and two calls Python lacks.

On Linux every descendant of a job, however detached, becomes a child of the supervisor in the end
(a "child subreaper") and is found by walking /proc. Elsewhere (macOS) there is no such thing: the
job's process group and a walk of the process table are all there is, and a descendant that leaves
the group and outlives its parent escapes.

Part of the supervisor: standard library only, and as little of it as possible.
"""

import os
import sys

try:
    import _ctypes
except ImportError:  # a Python without libffi: no subreaper, like a system without one
    _ctypes = None  # type: ignore[assignment]  # the guard of `prctl`

LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def prctl(option: int, value: int) -> bool:
    """Make the system call, without ctypes, whose import costs more than all of the supervisor."""
    if not LINUX or _ctypes is None:
        return False

    class Long(_ctypes._SimpleCData):  # type: ignore[type-arg]  # not subscriptable at run time
        _type_ = "l"

    class Function(_ctypes.CFuncPtr):
        _flags_ = 1  # the calling convention of C
        _restype_ = Long

    class Library:
        _handle = _ctypes.dlopen(None, 0)  # type: ignore[arg-type]  # None is ourselves

    call = Function(("prctl", Library()))  # type: ignore[arg-type]  # all it needs is the handle
    answer = call(Long(option), Long(value), Long(0), Long(0), Long(0))
    return bool(answer == 0)


def table() -> dict[int, tuple[int, int]]:
    """Give parent and process group of every process of this machine, by pid."""
    if not LINUX:
        return table_of_ps()
    rows = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    text = file.read()
            except OSError:
                continue
            _, parent, group = text[text.rindex(b")") + 2 :].split(None, 3)[:3]
            rows[int(name)] = (int(parent), int(group))
    return rows


def table_of_ps() -> dict[int, tuple[int, int]]:
    """Ask ps, which itself does not count."""
    read, write = os.pipe()
    argv = ["ps", "-axo", "pid=,ppid=,pgid="]
    pid = os.posix_spawn(
        "/bin/ps", argv, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, write, 1)]
    )
    os.close(write)
    with os.fdopen(read, "rb") as said:
        rows = [tuple(map(int, line.split())) for line in said]
    os.waitpid(pid, 0)
    return {row[0]: (row[1], row[2]) for row in rows if row[0] != pid}


def descendants(of: int, group: int | None) -> list[int]:
    """Give every process that descends from `of` or is in the process group, each once."""
    rows = table()
    children: dict[int, list[int]] = {}
    for pid, (parent, _) in rows.items():
        children.setdefault(parent, []).append(pid)
    found = [pid for pid, (_, its_group) in rows.items() if its_group == group]
    queue = [of]
    while queue:
        born = children.get(queue.pop(), [])
        found += born
        queue += born
    return list(dict.fromkeys(found))


def send(pids: list[int], number: int) -> None:
    """Signal each process once; one that is gone already does not matter."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            continue


def oom_kills() -> int:
    """Count the processes that the kernel killed for memory since it booted; 0 where unknown."""
    try:
        with open("/proc/vmstat", "rb") as file:
            text = file.read()
    except OSError:
        return 0
    place = text.find(b"\noom_kill ")
    return int(text[place + 10 :].split(None, 1)[0]) if place >= 0 else 0
