"""The runner for commands and Python functions: every job under a supervisor of its own.

Called by the loop from one thread. It starts no thread, holds two pipes a job and no output: the
supervisors drain and time the jobs and clear up after them (`supervisor.py`).
"""

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

from tuner import wire
from tuner.runners.arguments import as_json
from tuner.runners.base import Ended, Job, Progress, Update
from tuner.runners.collect import Collector
from tuner.runners.command import Invocation, invocation
from tuner.runners.curve import Curve
from tuner.runners.exits import Exit, read_exit
from tuner.runners.folder import make_folder, remove_unused, write_new
from tuner.runners.growing import growing
from tuner.runners.launch import Launched, Orphans, plan_of, sweep, wait_readable
from tuner.runners.secrets import secret_names
from tuner.runners.spares import Spares
from tuner.runners.spec import CommandSpec, PythonSpec
from tuner.study import Constraint, Metric, Outcome, Started

REPORTS_S = 0.2  # between two looks at what running jobs report
REPORTS_AT_ONCE = 1 << 20  # bytes
ADOPT_S = 2.0  # beyond the grace period
BY_ITSELF = frozenset({"exited", "timeout", "stopped"})  # verdicts that a dead tuner leaves behind


@dataclass
class Attempt:
    """One job with its supervisor, from `prepare` to `Ended`.

    Attributes:
        went_at: when it was let go, on the monotonic clock; None while it waits.
        read: bytes of its reports that have been passed on.
        secrets: values to mask in what we say about it.
        metric: what it measures.
        curve: what it says of that on its way; None if that comes at once, or is reported as well.
    """

    job: Job
    child: Launched
    metric: str
    curve: Curve | None = None
    secrets: tuple[str, ...] = ()
    went_at: float | None = None
    read: int = 0

    def progress(self) -> list[Update]:
        """Give the reports that came since the last call; half a line waits for its other half."""
        try:
            with (self.job.folder / wire.REPORTS_NAME).open("rb") as file:
                file.seek(self.read)
                data = file.read(REPORTS_AT_ONCE)
        except OSError:
            return []
        whole = data.rfind(b"\n") + 1
        if len(data) == REPORTS_AT_ONCE:
            whole = whole or len(data)  # no report is as long as this
        data = data[:whole]
        self.read += len(data)
        trial, attempt = self.job.key
        reports = list(wire.read_reports(data.decode(errors="replace")))
        if any(self.metric in metrics for _, metrics in reports):
            self.curve = None
        return [
            Progress(trial=trial, attempt=attempt, step=step, metrics=metrics)
            for step, metrics in reports
        ]

    def said(self, *, ended: Exit | None = None) -> list[Update]:
        """Give what it said of its metric since the last call, thinned where that is much."""
        if self.curve is None:
            return []
        whole = ended is not None and ended.clean
        points = self.curve.look(time.monotonic(), over=ended is not None, whole=whole)
        trial, attempt = self.job.key
        return [
            Progress(
                trial=trial,
                attempt=attempt,
                step=float(point.number) if point.step is None else point.step,
                metrics=point.metrics,
            )
            for point in points
        ]


class ShellRunner:
    """Keeps the promises of `base.Runner` for any program.

    Args:
        hide_gpus: jobs that hold no GPU see none.
    """

    def __init__(
        self,
        spec: CommandSpec | PythonSpec,
        metric: Metric,
        constraints: tuple[Constraint, ...] = (),
        *,
        hide_gpus: bool = False,
    ) -> None:
        self._spec, self._metric, self._hide_gpus = spec, metric, hide_gpus
        self._collector = Collector(
            metric=metric,
            constraints=constraints,
            classify=spec.classify,
            timeout_s=spec.timeout_s,
        )
        self._attempts: dict[int, Attempt] = {}
        self._spares, self._orphans = Spares(), Orphans(spec.grace_s + ADOPT_S)
        self._next_reports = 0.0

    def prepare(self, job: Job) -> Started:
        """Make the folder and the supervisor that waits for `go`.

        Raises:
            UsageError: the folder is not ours to use, or a value cannot be passed on.
            OSError: folder or process cannot be made.
        """
        study_dir = job.study_dir.absolute()
        job = replace(
            job,
            study_dir=study_dir,
            folder=job.folder.absolute(),
            checkpoint=job.checkpoint.absolute(),
        )
        made = invocation(self._spec, job, metric=self._metric.name, hide_gpus=self._hide_gpus)
        make_folder(study_dir, job.checkpoint, new=False)
        make_folder(study_dir, job.folder)
        try:
            write_new(job.folder / wire.PARAMS_NAME, as_json(job.values) + "\n")
            attempt = self._launch(job, made)
        except OSError:
            remove_unused(job.folder)
            raise
        self._attempts[job.trial] = attempt
        return Started(
            trial=job.trial,
            attempt=job.attempt,
            host=os.uname().nodename,
            pid=attempt.child.pid,
            pid_started=attempt.child.ticks,
            boot_id=wire.boot_id(),
            devices=job.devices,
            argv=made.argv,
            folder=str(job.folder),
        )

    def _launch(self, job: Job, made: Invocation) -> Attempt:
        source = self._metric.source
        env = {**os.environ, **made.env}
        secrets = secret_names(env, self._collector.names)
        plan = plan_of(
            self._spec,
            made,
            job.folder,
            gpus=job.gpus,
            needles=self._collector.names,
            pattern=source.where if source.kind == "regex" else None,
            secrets=secrets,
        )
        child = self._spares.take()
        child.say(plan)
        grows = growing(self._metric, self._collector.names, job.folder, self._spec.log_cap)
        curve = None if grows is None else Curve(grows)
        hidden = tuple(env[name] for name in secrets)
        name = self._metric.name
        return Attempt(job=job, child=child, metric=name, curve=curve, secrets=hidden)

    def go(self, job: Job) -> None:
        """Let the supervisor start the job."""
        attempt = self._attempts[job.trial]
        attempt.went_at = time.monotonic()
        attempt.child.say(b"go\n")

    def get_ready(self, jobs: int) -> None:
        """Have one more supervisor wait, if so many jobs may follow at once."""
        self._spares.grow(jobs)

    def discard(self, trial: int) -> None:
        """Send the supervisor away before it started anything, and remove the folder."""
        attempt = self._attempts.pop(trial)
        attempt.child.finish()
        remove_unused(attempt.job.folder)

    def wait(self, timeout_s: float) -> list[Update]:
        """Give what happened, as soon as something did, after `timeout_s` seconds at the latest."""
        until = time.monotonic() + timeout_s
        while True:
            updates = self._look()
            left = until - time.monotonic()
            if updates or left <= 0:
                return updates
            ends = [
                attempt.child.status
                for attempt in self._attempts.values()
                if attempt.went_at is not None
            ]
            wait_readable(ends, min(left, REPORTS_S))

    def _look(self) -> list[Update]:
        """See who ended, and from time to time who reported."""
        now, updates = time.monotonic(), list[Update]()
        look_at_reports = now >= self._next_reports
        if look_at_reports:
            self._next_reports = now + REPORTS_S
        for attempt in [each for each in self._attempts.values() if each.went_at is not None]:
            over = attempt.child.hear()
            if over or look_at_reports:
                updates += attempt.progress()
            if over:
                updates += self._ended(attempt)
            elif look_at_reports:
                updates += attempt.said()
        return updates

    def _ended(self, attempt: Attempt) -> list[Update]:
        """Let go of an attempt and judge it; the last of its reports come first."""
        updates, before = list[Update](), -1
        while attempt.read > before:
            before = attempt.read
            updates += attempt.progress()
        trial, number = attempt.job.key
        del self._attempts[trial]
        ended = read_exit(attempt.child.finish())
        if ended is None:
            sweep(str(attempt.job.folder))
            wall_s = time.monotonic() - (attempt.went_at or 0.0)
            ended = Exit(reason="lost", wall_s=wall_s, gpus=attempt.job.gpus)
        updates += attempt.said(ended=ended)
        outcome = self._collector.outcome(attempt.job.folder, ended, attempt.secrets)
        return [*updates, Ended(trial=trial, attempt=number, outcome=outcome)]

    def cancel(self, trial: int, *, force: bool = False, as_stopped: bool = False) -> None:
        """End the attempt of a trial; one that has ended already is left alone."""
        attempt = self._attempts.get(trial)
        if attempt is None:
            return
        if attempt.went_at is None:
            self.discard(trial)
            return
        asked = b"stop\n" if as_stopped else b"" if force else b"term\n"
        attempt.child.say(asked + (b"kill\n" if force else b""))

    def gone(self, start: Started) -> bool:
        """Say whether nothing of an attempt of a dead tuner is left.

        Its supervisor has seen the tuner die and gives the job the grace period to end.
        """
        return self._orphans.gone(start)

    def adopt(self, start: Started) -> Outcome | None:
        """Say how an attempt of a dead tuner ended, once it is gone."""
        folder = Path(start.folder)
        try:
            ended = read_exit((folder / wire.EXIT_NAME).read_text(encoding="utf-8"))
        except OSError:
            ended = None
        if ended is None or ended.reason not in BY_ITSELF:
            return None
        env = {**os.environ, **self._spec.env}
        secrets = [env[name] for name in secret_names(env, self._collector.names)]
        return self._collector.outcome(folder, ended, secrets)

    def close(self) -> None:
        """Kill what still runs, wait until it is gone, and report nothing."""
        for trial in [
            trial for trial, attempt in self._attempts.items() if attempt.went_at is None
        ]:
            self.discard(trial)
        for attempt in self._attempts.values():
            attempt.child.say(b"kill\n")
        for attempt in self._attempts.values():
            attempt.child.finish()
        self._attempts.clear()
        self._spares.close()
