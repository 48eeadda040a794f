"""What is to be started, and the moment in which a forked process becomes the job.

Part of the supervisor (see `supervisor.py`): standard library only, and as little of it as possible.
"""

import _signal  # type: ignore[import-not-found]  # the C half of signal, unknown to typeshed
import os
import resource

from tuner.runners import processes


class Plan:
    """What the runner asks for: `name=value` fields, a NUL after each, an empty one at the end."""

    def __init__(self, text: bytes) -> None:
        self.fields: dict[str, list[bytes]] = {}
        for field in text.split(b"\0"):
            name, _, value = field.partition(b"=")
            self.fields.setdefault(name.decode(), []).append(value)
        self.argv = self.fields["arg"]
        self.env = dict(os.environb)
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


def become_the_job(plan: Plan, supervisor: int, tell: int, ends: list[int]) -> None:
    """Turn this forked process into the job. Never returns.

    Args:
        plan: what to execute.
        supervisor: pid of our parent.
        tell: where to write why it cannot be done; exec closes it.
        ends: standard output and standard error.
    """
    doing = "start"
    try:
        _signal.set_wakeup_fd(-1)
        os.setsid()
        processes.prctl(processes.PR_SET_PDEATHSIG, _signal.SIGKILL)  # the second line of defence
        for number in range(1, _signal.NSIG):
            try:
                _signal.signal(number, _signal.SIG_DFL)
            except (OSError, ValueError):
                continue
        _signal.pthread_sigmask(_signal.SIG_SETMASK, [])
        doing = "limits"
        limit(plan)
        doing = "cwd " + plan.text("cwd")
        os.chdir(plan.text("cwd"))
        doing = os.fsdecode(plan.argv[0])
        for fd, source in enumerate((os.open("/dev/null", os.O_RDONLY), *ends)):
            os.dup2(source, fd)
        if os.getppid() == supervisor:  # else it died before it could be watched
            os.execvpe(plan.argv[0], plan.argv, plan.env)  # noqa: S606 - no shell, on purpose
    except (OSError, ValueError) as error:
        os.write(tell, os.fsencode(f"{doing}: {getattr(error, 'strerror', None) or error}"))
    finally:
        os._exit(127)


def limit(plan: Plan) -> None:
    """Set the limits that were asked for, never above those that are in force."""
    grace_s = plan.number("grace") or 0.0
    wanted = (
        (resource.RLIMIT_AS, "limit_memory", 0.0),
        (resource.RLIMIT_FSIZE, "limit_file", 0.0),
        (resource.RLIMIT_CPU, "limit_cpu", grace_s + 1),  # SIGXCPU first, then SIGKILL
    )
    for what, name, more in wanted:
        value = plan.number(name)
        if value is not None:
            _, hard = resource.getrlimit(what)
            top = int(value + more)
            top = top if hard == resource.RLIM_INFINITY else min(top, hard)
            resource.setrlimit(what, (min(int(value), top), top))
