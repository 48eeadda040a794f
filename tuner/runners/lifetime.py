"""The life of one job, seen from its supervisor: waiting for `go`, running, ending, over.

Part of the supervisor (see `supervisor.py`, which also says what passes through its pipes):
standard library only, and as little of it as possible. Long because every further module would be
another import that each job pays for.
"""

import _signal  # type: ignore[import-not-found]  # the C half of signal, unknown to typeshed
import os
import resource
import select
import time

from tuner.runners import processes
from tuner.runners.birth import Plan, become_the_job
from tuner.runners.streams import CHUNK, Log, Mask

STRAGGLER_S = 0.05  # what a job leaves behind may end by itself for so long
DRAIN_S = 0.5  # a pipe that a process outside of the job holds open is read for so long
HOLD_S = 0.1  # a process that does not stop within that is in uninterruptible sleep
UNKILLABLE_S = 30.0  # a process in uninterruptible sleep is given up after this
REASONS = {b"term": "terminated", b"stop": "stopped", b"kill": "killed"}


def quoted(text: str) -> str:
    """Write a JSON string."""
    plain = (c if c >= " " and c not in '"\\' else f"\\u{ord(c):04x}" for c in text)
    return '"' + "".join(plain) + '"'


class Supervisor:
    """Sees one job through.

    Attributes:
        main: pid of the job, 0 before it was started.
        exit: how it ended, as waitpid gives it; None while it lives.
        reason: why it is over: exited, timeout, terminated, stopped, killed, tuner_died,
            unstartable, lost. The first one counts.
        kill_at: when patience is over, on the monotonic clock.
    """

    def __init__(self, plan: Plan, commands: bytes, status: int, watched: list[int]) -> None:
        self.plan, self.commands, self.status = plan, commands, status
        self.going = self.asked = self.childless = False
        self.main = 0
        self.exit: int | None = None
        self.reason = self.message = ""
        self.kill_at: float | None = None
        self.began = self.over = time.monotonic()
        self.grace_s = plan.number("grace") or 0.0
        self.survivors = self.ooms = 0
        self.logs: list[Log] = []
        self.streams: dict[int, tuple[Mask, Log]] = {}
        self.poll = select.poll()
        self.subreaper = processes.prctl(processes.PR_SET_CHILD_SUBREAPER, 1)
        self.wake = self.listen(watched)

    def listen(self, watched: list[int]) -> int:
        """Let commands, signals and the tuner's death wake `poll`; return what signals wake."""
        wake, waker = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(waker, False)
        _signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        _signal.signal(_signal.SIGCHLD, lambda *_: None)
        _signal.signal(_signal.SIGTERM, self.on_sigterm)
        for number in (_signal.SIGINT, _signal.SIGHUP):
            _signal.signal(number, _signal.SIG_IGN)
        for fd in [wake, 0, *watched]:
            self.poll.register(fd, select.POLLIN)
        return wake

    def on_sigterm(self, *_: object) -> None:
        """Take a SIGTERM, as a cluster sends it to every process, for a request to end the job."""
        self.asked = True

    def run(self) -> None:
        """Wait for `go`, then see the job through to its end."""
        self.obey()
        while not self.going and not self.reason:
            self.turn(None)
        if self.reason:
            return
        try:
            if self.start():
                self.watch()
        except Exception as error:  # noqa: BLE001 - whatever happens, nothing may be left running
            self.reason, self.message = "lost", f"supervisor: {type(error).__name__}: {error}"
            self.kill_all()
        self.finish()

    # -- the turn of events -------------------------------------------------------------------

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
            at = self.kill_at
            if not self.reason and timeout_s is not None:
                at = self.began + timeout_s
            self.turn(None if at is None else at - time.monotonic())
            now = time.monotonic()
            if not self.reason and timeout_s is not None and now >= self.began + timeout_s:
                self.end("timeout")
            if self.kill_at is not None and now >= self.kill_at:
                self.kill_all()
                return

    def end(self, reason: str) -> None:
        """Ask the job to end and say when patience is over; only the first reason counts."""
        if not self.reason:
            self.hold()
        self.reason = self.reason or reason
        now = time.monotonic()
        if reason == "killed":
            self.kill_at = now
        elif self.main and self.kill_at is None:
            self.kill_at = now + self.grace_s
            pids = self.descendants()
            processes.send(pids, _signal.SIGTERM)
            processes.send(pids, _signal.SIGCONT)  # a stopped process hears nothing

    def hold(self) -> None:
        """Stop the job, so that it is certain: what ended until now ended by itself.

        Without it a job that comes to its end while it is being ended would count as ended by us,
        and would be run again. The SIGCONT of `end` lets it go on.
        """
        until = time.monotonic() + HOLD_S
        if self.main and self.exit is None:
            processes.send([self.main], _signal.SIGSTOP)
        while self.main and self.exit is None and time.monotonic() < until:
            pid, status = os.waitpid(self.main, os.WNOHANG | os.WUNTRACED)
            if pid and os.WIFSTOPPED(status):
                return
            if pid:
                self.ended(status)

    def reap(self) -> None:
        """Take in every child that has ended: no zombies, not even of detached descendants."""
        try:
            while self.main:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == self.main:
                    self.ended(status)
        except ChildProcessError:
            self.childless = True

    def ended(self, status: int) -> None:
        """Note how the job itself ended."""
        self.exit, self.over = status, time.monotonic()
        if not self.reason:
            self.reason, self.kill_at = "exited", self.over + STRAGGLER_S

    def descendants(self) -> list[int]:
        """Give every process that comes from the job."""
        return processes.descendants(os.getpid(), None if self.subreaper else self.main)

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
            processes.send(self.descendants(), _signal.SIGSTOP)
            left = self.descendants()
            processes.send(left, _signal.SIGKILL)
            if time.monotonic() > patience:
                self.survivors = len(left)
                return
            self.turn(0.01)

    # -- the job's beginning and end ----------------------------------------------------------

    def start(self) -> bool:
        """Fork and execute the job; False, with a message, where that cannot be done."""
        plan, supervisor = self.plan, os.getpid()
        ends = [self.open_log("stdout"), self.open_log("stderr")]
        self.ooms = processes.oom_kills()
        trouble, tell = os.pipe()
        self.began = self.over = time.monotonic()
        self.main = os.fork()
        if self.main == 0:
            become_the_job(plan, supervisor, tell, ends)
        for fd in (tell, *ends):
            os.close(fd)
        said = os.read(trouble, CHUNK)  # end of file: exec has closed the other end
        os.close(trouble)
        if said:
            os.waitpid(self.main, 0)
            self.reason, self.message = "unstartable", os.fsdecode(said)
        return not said

    def open_log(self, name: str) -> int:
        """Make a pipe that ends in a log; return the end to write to."""
        plan = self.plan
        read, write = os.pipe()
        log = Log(
            f"{plan.text('folder')}/{name}.log",
            int(plan.number("log_cap") or 0),
            plan.every("needle"),
            plan.fields.get("pattern", [b""])[0],
        )
        secrets = [plan.env[name] for name in plan.every("secret") if plan.env.get(name)]
        self.logs.append(log)
        self.streams[read] = (Mask(secrets), log)
        self.poll.register(read, select.POLLIN)
        return write

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
            fd = os.open(path + ".tmp", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            os.write(fd, record)
            os.close(fd)
            os.replace(path + ".tmp", path)
        except OSError:
            pass  # the tuner hears it all the same, below
        try:
            os.write(self.status, record)
        except OSError:
            pass  # the tuner is gone; whoever adopts the job reads the file

    def record(self) -> str:
        """Write the line of JSON that says how the job ended."""
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        ended, signalled = self.exit is not None, os.WIFSIGNALED(self.exit or 0)
        fields = {
            "reason": quoted(self.reason),
            "code": os.WEXITSTATUS(self.exit or 0) if ended and not signalled else "null",
            "signal": os.WTERMSIG(self.exit or 0) if signalled else "null",
            "wall_s": round(self.over - self.began, 6),
            "cpu_s": round(usage.ru_utime + usage.ru_stime, 6),
            "peak_memory_bytes": usage.ru_maxrss * (1024 if processes.LINUX else 1),
            "oom_kills": processes.oom_kills() - self.ooms,
            "gpus": self.plan.number("gpus") or 0.0,
            "survivors": self.survivors,
            "log_bytes": sum(log.seen for log in self.logs),
            "log_trouble": quoted(next((log.trouble for log in self.logs if log.trouble), "")),
            "message": quoted(self.message),
        }
        return "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}\n"


def death_of(tuner: int) -> list[int]:
    """Give a descriptor that becomes readable when our parent dies, where there is such a thing.

    End of file alone does not say it: a process that the tuner forked may hold our pipe open.
    Raises OSError when it is dead already.
    """
    watched = [os.pidfd_open(tuner)] if processes.LINUX else []
    if os.getppid() != tuner:
        raise ProcessLookupError
    return watched


def read_plan(watched: list[int]) -> bytes:
    """Wait for the plan, with what follows it; empty when the tuner is gone before it came."""
    poll, text = select.poll(), b""
    for fd in [0, *watched]:
        poll.register(fd, select.POLLIN)
    while b"\0\0" not in text:
        data = os.read(0, CHUNK) if all(fd == 0 for fd, _ in poll.poll()) else b""
        if not data:
            return b""
        text += data
    return text


def main(status: int, tuner: int) -> None:
    """Read the plan and live by it."""
    os.set_inheritable(status, False)
    try:
        watched = death_of(tuner)
    except ProcessLookupError:
        return
    except OSError:  # a kernel without pidfds
        watched = []
    plan, _, commands = read_plan(watched).partition(b"\0\0")
    if plan:
        Supervisor(Plan(plan), commands, status, watched).run()
