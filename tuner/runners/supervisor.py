"""One small process beside every job: it starts the job, drains it, times it and clears up after it.

Started by `launch.py` as a plain file, `python -I -S -E supervisor.py LABEL STATUS_FD`, never as a
module of the package: every job pays for every import here, so there is no json, no ctypes, no
signal (its enums cost as much as the whole interpreter). That is also why it is one file, and a
long one: another would have to be found, read and compiled for each job.

    stdin      the control pipe: a plan, then the lines `go`, `term`, `stop` or `kill`. End of file
               means that the tuner is gone: before `go` nothing was run, later the job is ended.
    STATUS_FD  how the job ended, as one line of JSON; exit.json says the same.

On Linux every descendant of the job, however detached, becomes a child of this process in the end
(it is a "child subreaper") and is found by walking /proc. Elsewhere (macOS) there is no such thing:
the job's process group and a walk of the process table are all there is, and a descendant that
leaves the group and outlives its parent escapes.
"""

import os
import resource
import select
import sys
import time

import _signal  # type: ignore[import-not-found]  # the C half of signal, unknown to typeshed

LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
CHUNK = 1 << 18
LONG_LINE = 1 << 16
STRAGGLER_S = 0.05  # what a job leaves behind may end by itself for so long
DRAIN_S = 0.5  # a pipe that a process outside of the job holds open is read for so long
UNKILLABLE_S = 30.0  # a process in uninterruptible sleep is given up after this
REASONS = {b"term": "terminated", b"stop": "stopped", b"kill": "killed"}


class Plan:
    """What the runner asks for: `name=value` fields, a NUL after each, an empty one at the end."""

    def __init__(self, text: bytes) -> None:
        self.fields: dict[str, list[bytes]] = {}
        for field in text.split(b"\0"):
            name, _, value = field.partition(b"=")
            self.fields.setdefault(name.decode(), []).append(value)
        self.argv = self.fields["arg"]
        self.env = dict(os.environb)
        for name in self.every("unset"):
            self.env.pop(name, None)
        for pair in self.every("set"):
            name, _, value = pair.partition(b"=")
            self.env[name] = value

    def every(self, name: str) -> list[bytes]:
        """Give all values of a field."""
        return self.fields.get(name, [])

    def text(self, name: str) -> str:
        """Give a field as text, empty when it was not sent."""
        return os.fsdecode(self.fields.get(name, [b""])[0])

    def number(self, name: str) -> float | None:
        """Give a field as a number, None when it was not sent."""
        return float(self.text(name)) if name in self.fields else None


class Mask:
    """Writes *** over secrets, also over those that arrive in two pieces."""

    def __init__(self, secrets: list[bytes]) -> None:
        self.secrets = sorted(secrets, key=len, reverse=True)
        self.held = b""

    def __call__(self, data: bytes) -> bytes:
        """Give what can be passed on; the beginning of what may be a secret is held back."""
        if not self.secrets:
            return data
        data = self.held + data
        for secret in self.secrets:
            data = data.replace(secret, b"***")
        longest = 0
        for secret in self.secrets:
            for size in range(min(len(secret) - 1, len(data)), longest, -1):
                if data.endswith(secret[:size]):
                    longest = size
                    break
        cut = len(data) - longest
        self.held = data[cut:]
        return data[:cut]


class Log:
    """One stream on its way to a file that stays under its cap.

    The first half as it comes. Then only lines that name a metric, as they come, in a small room of
    their own; the tail is held in memory and written at the end, after a line that says how much
    was left out. Cuts are made between lines: half a number must not look like a number.
    """

    def __init__(self, path: str, cap: int, needles: list[bytes], pattern: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW
        self.file = os.open(path, flags, 0o600)
        self.slack = min(LONG_LINE, cap // 16)
        self.head_room = cap // 2 - self.slack
        self.kept_room = cap // 16
        self.tail_room = cap // 2 - self.kept_room - min(256, cap // 16)
        self.needles, self.pattern = needles, pattern
        self.heading = True
        self.seen = self.written = 0
        self.tail = bytearray()
        self.line = b""  # not finished yet, may come to hold a needle
        self.kept: list[tuple[int, int]] = []  # (place in the stream, place in the file)
        self.trouble = ""

    def take(self, data: bytes) -> None:
        """Take the next piece of the stream."""
        if self.heading:
            cut = self.head_end(data)
            self.write(data[:cut])
            self.seen += cut
            data = data[cut:]
        if data:
            self.tail += data
            if len(self.tail) > self.tail_room + CHUNK:
                del self.tail[: -self.tail_room]
            if self.kept_room > 0:
                self.keep_lines(data)
            self.seen += len(data)

    def head_end(self, data: bytes) -> int:
        """Say how much of `data` still belongs to the head, which ends with a whole line."""
        room = self.head_room - self.seen
        if len(data) <= room:
            return len(data)
        cut = data.find(b"\n", max(room, 0), room + self.slack) + 1
        if cut == 0 and len(data) <= room + self.slack:
            return len(data)
        self.heading = False
        return cut or room + self.slack

    def keep_lines(self, data: bytes) -> None:
        """Write those finished lines of the stream that hold a needle."""
        begin = self.seen - len(self.line)
        data = self.line + data
        cut = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if len(data) - cut > LONG_LINE:
            cut = len(data)
        done, self.line = data[:cut], data[cut:]
        for start, end in self.hits(done):
            line = done[start:end] + b"\n"
            self.kept_room -= len(line)
            if self.kept_room < 0:
                break
            self.kept.append((begin + start, self.written))
            self.write(line)

    def hits(self, done: bytes) -> list[tuple[int, int]]:
        """Give where lines with a needle begin and end, in order, each line once."""
        places = []
        for needle in self.needles:
            place = done.find(needle)
            while place >= 0:
                places.append(place)
                place = done.find(needle, place + len(needle))
        if self.pattern:
            places += self.matches(done)
        lines, end = [], -1
        for place in sorted(places):
            if place >= end:
                start = max(done.rfind(b"\n", 0, place), done.rfind(b"\r", 0, place)) + 1
                ends = [done.find(b"\n", place), done.find(b"\r", place)]
                end = min((at for at in ends if at >= 0), default=len(done))
                if end - start <= LONG_LINE:
                    lines.append((start, end))
        return lines

    def matches(self, done: bytes) -> list[int]:
        """Find the pattern; what cannot be compiled for bytes finds nothing."""
        import re

        try:
            return [match.start() for match in re.finditer(self.pattern, done, re.MULTILINE)]
        except re.error:
            self.pattern = b""
            return []

    def write(self, data: bytes | bytearray) -> None:
        """Write; on a full disk the job lives on and its output is lost."""
        view = memoryview(data)
        try:
            while view:
                size = os.write(self.file, view)
                self.written += size
                view = view[size:]
        except OSError as error:
            self.trouble = error.strerror

    def finish(self) -> None:
        """Write the tail, take away the kept lines that it repeats, and close."""
        if len(self.tail) > self.tail_room:
            del self.tail[: -self.tail_room]
        begin = self.seen - len(self.tail)
        repeated = [at for place, at in self.kept if place >= begin]
        if repeated:
            os.ftruncate(self.file, repeated[0])
            self.written = repeated[0]
        left_out = begin - self.written
        if self.tail and left_out > 0:
            cut = self.tail.find(b"\n", 0, LONG_LINE) + 1
            self.write(b"[tuner: %d bytes left out here]\n" % (left_out + cut))
            self.write(self.tail[cut:] if cut else b"..." + self.tail)
        else:
            self.write(self.tail)
        os.close(self.file)


def prctl(option: int, value: int) -> bool:
    """Call prctl(2) without ctypes, whose import costs more than compiling this file."""
    try:
        import _ctypes
    except ImportError:
        return False

    class Long(_ctypes._SimpleCData):
        _type_ = "l"

    class Function(_ctypes.CFuncPtr):
        _flags_ = 1  # the calling convention of C
        _restype_ = Long

    class Library:
        _handle = _ctypes.dlopen(None, 0)  # type: ignore[attr-defined]  # not on Windows, as we

    call = Function(("prctl", Library()))
    return bool(call(Long(option), Long(value), Long(0), Long(0), Long(0)) == 0)


def table() -> dict[int, tuple[int, int]]:
    """Give parent and process group of every process of this machine, by pid."""
    rows = {}
    if not LINUX:
        import subprocess

        said = subprocess.run(["/bin/ps", "-axo", "pid=,ppid=,pgid="], capture_output=True)  # noqa: PLW1510 - what it says counts
        for line in said.stdout.splitlines():
            pid, parent, group = map(int, line.split())
            rows[pid] = (parent, group)
        return rows
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    text = file.read()
            except OSError:
                continue
            _, parent, group = map(int, text[text.rindex(b")") + 4 :].split(None, 2)[:2])
            rows[int(name)] = (parent, group)
    return rows


def send(pids: list[int], number: int) -> None:
    """Signal each process once; one that is gone already does not matter."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            continue


def oom_kills() -> int:
    """Count the processes that the kernel killed for memory since it booted."""
    try:
        with open("/proc/vmstat", "rb") as file:
            text = file.read()
    except OSError:
        return 0
    place = text.find(b"\noom_kill ")
    return int(text[place + 10 :].split(None, 1)[0]) if place >= 0 else 0


def quoted(text: str) -> str:
    """Write a JSON string."""
    plain = (c if c >= " " and c not in '"\\' else f"\\u{ord(c):04x}" for c in text)
    return '"' + "".join(plain) + '"'


class Supervisor:
    """The life of one job: waiting for `go`, running, ending, over."""

    def __init__(self, plan: Plan, commands: bytes) -> None:
        self.plan, self.commands = plan, commands
        self.going = self.asked = False
        self.main = 0
        self.exit: int | None = None  # as waitpid gives it
        self.reason = self.message = ""
        self.kill_at: float | None = None
        self.began = self.over = time.monotonic()
        self.grace_s = plan.number("grace") or 0.0
        self.childless = False
        self.survivors = self.ooms = 0
        self.logs: list[Log] = []
        self.streams: dict[int, tuple[Mask, Log]] = {}
        self.poll = select.poll()
        self.subreaper = LINUX and prctl(PR_SET_CHILD_SUBREAPER, 1)
        self.wake = self.listen()

    def listen(self) -> int:
        """Let commands, signals and the tuner's death wake `poll`."""
        wake, waker = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(waker, False)
        _signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        _signal.signal(_signal.SIGCHLD, lambda *_: None)
        _signal.signal(_signal.SIGTERM, self.on_sigterm)
        for number in (_signal.SIGINT, _signal.SIGHUP):
            _signal.signal(number, _signal.SIG_IGN)
        self.poll.register(wake, select.POLLIN)
        self.poll.register(0, select.POLLIN)
        if LINUX:
            try:  # a process that the tuner forked may hold our control pipe open after its death
                self.poll.register(os.pidfd_open(os.getppid()), select.POLLIN)
            except OSError:
                pass
        return wake

    def on_sigterm(self, *_: object) -> None:
        """Take a SIGTERM, as a cluster sends it to every process, for a request to end the job."""
        self.asked = True

    # -- the turn of events -------------------------------------------------------------------

    def run(self) -> None:
        """Wait for `go`, then see the job through to its end."""
        self.obey()
        while not self.going and not self.reason:
            self.turn(None)
        if not self.going or self.reason:
            return
        try:
            if self.start():
                self.watch()
        except Exception as error:  # noqa: BLE001 - whatever happens here, nothing may be left running
            self.reason, self.message = "lost", f"supervisor: {type(error).__name__}: {error}"
            self.kill_all()
        self.finish()

    def turn(self, pause_s: float | None) -> None:
        """Sleep until something happens, at most `pause_s`, and see to it."""
        for fd, _ in self.poll.poll(None if pause_s is None else max(0.0, pause_s) * 1000):
            if fd in self.streams:
                self.drain(fd)
            elif fd == self.wake:
                os.read(fd, CHUNK)
            elif fd == 0 and (data := os.read(0, CHUNK)):
                self.commands += data
            else:
                self.poll.unregister(fd)
                self.end("tuner_died")
        self.reap()  # before the commands: what ended by itself was not ended by us
        self.obey()

    def obey(self) -> None:
        """Carry out the commands that came in."""
        if self.asked:
            self.asked = False
            self.end("terminated")
        *lines, self.commands = self.commands.split(b"\n")
        for line in lines:
            if line == b"go":
                self.going = True
            elif line in REASONS:
                self.end(REASONS[line])

    def watch(self) -> None:
        """Turn until nothing of the job is left; end it when its time is up."""
        timeout_s = self.plan.number("timeout")
        while not self.gone():
            moments = [self.kill_at]
            if not self.reason and timeout_s is not None:
                moments.append(self.began + timeout_s)
            next_at = min((at for at in moments if at is not None), default=None)
            self.turn(None if next_at is None else next_at - time.monotonic())
            now = time.monotonic()
            if not self.reason and timeout_s is not None and now >= self.began + timeout_s:
                self.end("timeout")
            if self.kill_at is not None and now >= self.kill_at:
                self.kill_all()
                return

    def end(self, reason: str) -> None:
        """Ask the job to end and say when patience is over; only the first reason counts."""
        self.reason = self.reason or reason
        if not self.main:
            return
        now = time.monotonic()
        if reason == "killed":
            self.kill_at = now
        elif self.kill_at is None:
            self.kill_at = now + self.grace_s
            pids = self.descendants()
            send(pids, _signal.SIGTERM)
            send(pids, _signal.SIGCONT)  # a stopped process hears nothing

    def reap(self) -> None:
        """Take in every child that has ended: no zombies, not even of detached descendants."""
        try:
            while self.main:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == self.main:
                    self.exit, self.over = status, time.monotonic()
                    if not self.reason:
                        self.reason, self.kill_at = "exited", self.over + STRAGGLER_S
        except ChildProcessError:
            self.childless = True

    def descendants(self) -> list[int]:
        """Give every process that comes from the job: what descends from us, or is in its group."""
        rows = table()
        children: dict[int, list[int]] = {}
        for pid, (parent, _) in rows.items():
            children.setdefault(parent, []).append(pid)
        found = []
        if not self.subreaper:
            found = [pid for pid, (_, group) in rows.items() if group == self.main]
        queue = [os.getpid()]
        while queue:
            born = children.get(queue.pop(), [])
            found += born
            queue += born
        return list(dict.fromkeys(found))

    def gone(self) -> bool:
        """Say whether nothing of the job is left."""
        if self.exit is None or not self.childless:
            return False
        return self.subreaper or not self.descendants()

    def kill_all(self) -> None:
        """Freeze what is there, so that nothing forks away, and kill it, until nothing is left."""
        patience = time.monotonic() + UNKILLABLE_S
        self.reap()
        while self.main and not self.gone():
            send(self.descendants(), _signal.SIGSTOP)
            left = self.descendants()
            send(left, _signal.SIGKILL)
            if time.monotonic() > patience:
                self.survivors = len(left)
                return
            self.turn(0.01)

    # -- the job's beginning and end ----------------------------------------------------------

    def start(self) -> bool:
        """Fork and execute the job; False, with a message, where that cannot be done."""
        plan = self.plan
        cap = int(plan.number("log_cap") or 0)
        secrets = [plan.env.get(name, b"") for name in plan.every("secret")]
        ends = []
        for name in ("stdout", "stderr"):
            read, write = os.pipe()
            path = f"{plan.text('folder')}/{name}.log"
            log = Log(path, cap, plan.every("needle"), plan.fields.get("pattern", [b""])[0])
            self.streams[read] = (Mask([secret for secret in secrets if secret]), log)
            self.logs.append(log)
            self.poll.register(read, select.POLLIN)
            ends.append(write)
        self.ooms = oom_kills()
        trouble, tell = os.pipe()
        self.began = time.monotonic()
        self.main = os.fork()
        if self.main == 0:
            self.become_the_job(tell, ends)
        for fd in (tell, *ends):
            os.close(fd)
        said = os.read(trouble, CHUNK)  # end of file when exec closed the other end
        os.close(trouble)
        if said:
            os.waitpid(self.main, 0)
            self.reason, self.message = "unstartable", os.fsdecode(said)
        return not said

    def become_the_job(self, tell: int, ends: list[int]) -> None:
        """Turn this forked process into the job. Never returns."""
        supervisor, doing = os.getppid(), "start"
        try:
            _signal.set_wakeup_fd(-1)
            os.setsid()
            if LINUX:
                prctl(PR_SET_PDEATHSIG, _signal.SIGKILL)  # the second line: should we be killed
            for number in range(1, _signal.NSIG):
                try:
                    _signal.signal(number, _signal.SIG_DFL)
                except (OSError, ValueError):
                    continue
            _signal.pthread_sigmask(_signal.SIG_SETMASK, [])
            doing = "limits"
            self.limit()
            doing = f"cwd {self.plan.text('cwd')}"
            os.chdir(self.plan.text("cwd"))
            doing = os.fsdecode(self.plan.argv[0])
            for fd, source in enumerate((os.open("/dev/null", os.O_RDONLY), *ends)):
                os.dup2(source, fd)
            if os.getppid() == supervisor:
                os.execvpe(self.plan.argv[0], self.plan.argv, self.plan.env)
        except (OSError, ValueError) as error:
            os.write(tell, os.fsencode(f"{doing}: {getattr(error, 'strerror', None) or error}"))
        finally:
            os._exit(127)

    def limit(self) -> None:
        """Set the limits that were asked for, never above those that are in force."""
        wanted = (
            (resource.RLIMIT_AS, "limit_memory", 0.0),
            (resource.RLIMIT_FSIZE, "limit_file", 0.0),
            (resource.RLIMIT_CPU, "limit_cpu", self.grace_s + 1),
        )
        for what, name, more in wanted:
            value = self.plan.number(name)
            if value is not None:
                _, hard = resource.getrlimit(what)
                top = int(value + more)
                top = top if hard == resource.RLIM_INFINITY else min(top, hard)
                resource.setrlimit(what, (min(int(value), top), top))

    def drain(self, fd: int) -> None:
        """Take in what the job wrote."""
        data = os.read(fd, CHUNK)
        mask, log = self.streams[fd]
        if data:
            log.take(mask(data))
            return
        self.poll.unregister(fd)
        os.close(fd)
        del self.streams[fd]
        log.take(mask.held)
        log.finish()

    def finish(self) -> None:
        """Close the logs and say how it ended, in the folder and on the status pipe."""
        until = time.monotonic() + DRAIN_S
        while self.streams and time.monotonic() < until:
            self.turn(until - time.monotonic())
        for mask, log in self.streams.values():
            log.take(mask.held)
            log.finish()
        record = self.record().encode(errors="replace")
        path = f"{self.plan.text('folder')}/exit.json"
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            fd = os.open(path + ".tmp", flags, 0o600)
            os.write(fd, record)
            os.close(fd)
            os.replace(path + ".tmp", path)
        except OSError:
            pass  # the runner hears it all the same, below
        try:
            os.write(int(sys.argv[2]), record)
        except OSError:
            pass  # the tuner is gone; whoever adopts the job reads the file

    def record(self) -> str:
        """Write the line of JSON that says how the job ended."""
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        signalled = self.exit is not None and os.WIFSIGNALED(self.exit)
        exited = self.exit is not None and not signalled
        trouble = next((log.trouble for log in self.logs if log.trouble), "")
        fields = {
            "reason": quoted(self.reason),
            "code": os.WEXITSTATUS(self.exit or 0) if exited else "null",
            "signal": os.WTERMSIG(self.exit or 0) if signalled else "null",
            "wall_s": round(max(0.0, self.over - self.began), 6),
            "cpu_s": round(usage.ru_utime + usage.ru_stime, 6),
            "peak_memory_bytes": usage.ru_maxrss * (1024 if LINUX else 1),
            "oom_kills": oom_kills() - self.ooms,
            "gpus": self.plan.number("gpus") or 0.0,
            "survivors": self.survivors,
            "stdout_bytes": self.logs[0].seen if self.logs else 0,
            "stderr_bytes": self.logs[1].seen if len(self.logs) > 1 else 0,
            "log_trouble": quoted(trouble),
            "message": quoted(self.message),
        }
        return "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}\n"


def main() -> None:
    """Read the plan and live by it."""
    os.set_inheritable(int(sys.argv[2]), False)
    text = b""
    while b"\0\0" not in text:
        data = os.read(0, CHUNK)
        if not data:
            return
        text += data
    plan, _, commands = text.partition(b"\0\0")
    Supervisor(Plan(plan), commands).run()


if __name__ == "__main__":
    main()
    os._exit(0)  # nothing is left to tidy up, and every millisecond is the next job's
