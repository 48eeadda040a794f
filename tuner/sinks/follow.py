"""One sink follows one ledger: what has ended and is not shown yet is written, again if need be."""

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tuner.errors import UsageError
from tuner.ledger import Book, LedgerSpec, Stamp, make_ledger, this_worker
from tuner.runners import mask, secret_names
from tuner.sinks.base import About, Sink
from tuner.sinks.claim import Claim
from tuner.sinks.make import make_sink
from tuner.sinks.notebook import FOLDER, Notebook, Standing
from tuner.sinks.spec import SinkSpec, label_of
from tuner.study import History, Trial

LOOK_S = 0.5
TRIES = 3  # that one trial is written before the others get their turn
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
LONGEST_WORDS = 300
USER = re.compile(r"(?<=://)[^/\s]+(?=@)")  # and password, in an address


class Follower:
    """Writes the trials of a study to a sink.

    Args:
        book: of the study; read and never written.
        make: the sink, with the library that it needs; may raise anything.
        notebook: what the sink was given before.
        folder: of the study.
        over: says whether the study's process has ended, and with it the patience.
        sleep: waits so many seconds, or less when the study's process ends.
    """

    def __init__(
        self,
        book: Book,
        make: Callable[[], Sink],
        notebook: Notebook,
        folder: Path,
        *,
        over: Callable[[], bool] = lambda: True,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.book, self.notebook = book, notebook
        self._make, self._folder, self._over, self._sleep = make, folder, over, sleep
        self._sink: Sink | None = None
        self._failed: dict[tuple[int, int], int] = {}

    @property
    def standing(self) -> Standing:
        """How far the sink is."""
        return self.notebook.standing

    def follow(self) -> None:
        """Write what there is, until the study's process has ended and everything was tried."""
        pause_s = LOOK_S
        with suppress(Exception):  # heavy, so it is ready when the first trial ends; told with that
            self._sink = self._make()
        while True:
            last = self._over()
            failures = self.catch_up(last=last)
            if last:
                return
            pause_s = min(2 * max(pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S) if failures else LOOK_S
            self._sleep(pause_s)

    def catch_up(self, *, last: bool = True) -> int:
        """Write every trial that has ended and is not shown as it ended; count the failures.

        A trial that fails is tried again before those behind it, unless this is the `last` look.
        """
        self.book.catch_up()
        history = self.book.history
        again = [history.trials[number] for number in self.standing.gone(history)]
        waiting = [*again, *self.standing.lacking(history)]
        if not waiting or history.config is None:
            return 0
        study, failures = about(history, self._folder), 0
        for trial in waiting:
            key = trial.id, trial.finish_number
            if self._failed.get(key, 0) >= TRIES or self._try(trial, study):
                continue
            self._failed[key] = self._failed.get(key, 0) + 1
            failures += 1
            if self._failed[key] < TRIES and not last:
                break
        return failures

    def close(self) -> None:
        """Let the sink put things in order."""
        if self._sink is not None:
            self._sink.close()
        self.notebook.close()
        self.book.close()

    def _try(self, trial: Trial, study: About) -> bool:
        try:
            self._write(trial, study)
        except Exception as error:  # noqa: BLE001  a sink may be anything, and never ends a study
            self.notebook.note("failed", trial, words_of(error))
            return False
        return True

    def _write(self, trial: Trial, study: About) -> None:
        self._sink = self._sink or self._make()
        known = trial.id in self.standing.begun or trial.id in self.standing.written
        self.notebook.note("begun", trial)
        if known:
            self._sink.take_back(trial.id, study)
        if not trial.open:
            self._sink.write(trial, study)
            self.notebook.note("written", trial)


@contextmanager
def follower(
    folder: Path,
    spec: SinkSpec,
    *,
    over: Callable[[], bool] = lambda: True,
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[Follower]:
    """Open what a sink needs to follow the study in `folder`; the caller holds the claim."""
    csv = (folder / "ledger.csv").is_file()
    ledger = make_ledger(folder, LedgerSpec(format="csv" if csv else "jsonl"), Stamp(this_worker()))
    notebook = Notebook(folder, label_of(spec))
    made = Follower(
        Book(ledger), lambda: make_sink(spec, folder), notebook, folder, over=over, sleep=sleep
    )
    try:
        yield made
    finally:
        made.close()


def exported(folder: Path, spec: SinkSpec) -> tuple[str, int, int, str]:
    """Write what a sink lacks; give its label, trials written now, trials lacking, and the last error.

    Raises:
        UsageError: another process is filling it, or there is no place for notes of it.
    """
    label = label_of(spec)
    try:
        claimed = Claim(folder, label)
    except OSError as refused:
        raise UsageError(f"{folder / FOLDER}: {refused.strerror}") from refused
    with claimed as claim:
        if not claim.take():
            raise UsageError(
                f"sink {label} is being filled", hint="a running study does that itself"
            )
        with follower(folder, spec) as found:
            before = dict(found.standing.written)
            found.catch_up()
            standing = found.standing
            lacking = len(standing.lacking(found.book.history))
            return label, len(standing.written.items() - before.items()), lacking, standing.error


def about(history: History, folder: Path) -> About:
    """Say what a sink may know of the study."""
    opened = f"{history.first_opened_at} {(history.config or {}).get('name')}"
    params: dict[str, None] = dict.fromkeys((history.config or {}).get("parameters", {}))
    metrics = {history.metric.name: None}
    for trial in history.trials.values():
        params.update(dict.fromkeys(trial.params))
        metrics.update(dict.fromkeys(trial.metrics))
    return About(
        name=str((history.config or {}).get("name", folder.name)),
        id=hashlib.sha256(opened.encode()).hexdigest()[:16],
        folder=folder,
        metric=history.metric,
        params=tuple(params),
        metrics=tuple(metrics),
    )


def words_of(error: Exception) -> str:
    """Say on one line what went wrong, without secrets of the environment and passwords of addresses."""
    text = USER.sub("***", " ".join(f"{type(error).__name__}: {error}".split()))
    names = secret_names(os.environ)
    return mask(text, [os.environ[name] for name in names])[:LONGEST_WORDS]
