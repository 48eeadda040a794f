"""What Python says: a study that is asked, told and run from a program.

The dictionaries are exactly the YAML nodes; whatever the YAML can say, Python can say.
"""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast, get_args, overload

from tuner.assemble import Desk, Opening, best_trial, check_search, open_study
from tuner.config import StudyConfig, read_config, read_memory
from tuner.errors import FailureLimitError, SpaceExhaustedError, UsageError
from tuner.loop import Judge
from tuner.study import Failure, Remembered, Trial, Value

if TYPE_CHECKING:
    import pandas as pd

Result = float | Mapping[str, float]
Function = Callable[[dict[str, Value]], Result]


class Study:
    """A study, in memory or on disk.

    Example:
        >>> study = Study.create(
        ...     parameters={"x": {"type": "float", "min": 0, "max": 1}},
        ...     metric={"name": "loss", "goal": "minimize"},
        ...     search={"method": "sobol"},
        ... )
        >>> for _ in range(8):
        ...     trial = study.ask()
        ...     study.tell(trial, (trial.params["x"] - 0.3) ** 2)
        >>> study.best.metrics["loss"] < 0.05
        True
    """

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._desk = Desk(opening)

    @classmethod
    def create(
        cls,
        *,
        parameters: Mapping[str, Any],
        metric: Mapping[str, Any],
        search: Mapping[str, Any] | None = None,
        seed: int = 0,
        path: str | Path | None = None,
        **sections: Any,  # noqa: ANN401  the YAML's other nodes
    ) -> Self:
        """Open a study, new or (at a path that holds one) old.

        Args:
            parameters: the search space, as in YAML.
            metric: name and goal.
            search: as in YAML; bayes by default.
            seed: of every suggestion and every trial.
            path: a folder for the ledger; None keeps everything in memory.
            sections: any other section of the YAML (constraints, require, stop, …).

        Raises:
            ConfigError: with every mistake, a line each.
            UsageError: the search lacks a library or a part, or does not fit.
        """
        node: dict[str, Any] = {
            "parameters": dict(parameters),
            "metric": dict(metric),
            "seed": seed,
            **sections,
        }
        if search is not None:
            node["search"] = dict(search)
        if path is not None:
            node["dir"] = str(path)
            node.setdefault("name", _name_of(path))
        config = read_config(node)
        check_search(config)
        return cls(open_study(config, in_memory=path is None))

    @classmethod
    def of(cls, config: StudyConfig) -> Self:
        """Open the study that a configuration describes."""
        check_search(config)
        return cls(open_study(config))

    @property
    def config(self) -> StudyConfig:
        """The configuration, whole and valid."""
        return self._opening.config

    @overload
    def ask(self, count: None = None) -> Trial: ...
    @overload
    def ask(self, count: int) -> list[Trial]: ...

    def ask(self, count: int | None = None) -> Trial | list[Trial]:
        """Give the next trial to evaluate, or a list of `count`.

        Enqueued points come first, then trials that a dead process was asked for and never told,
        then new suggestions.

        Returns:
            A trial; or a list, shorter than `count` where the space ends.

        Raises:
            SpaceExhaustedError: every point of a finite space has been suggested.
        """
        trials = self._desk.hand_out_several(1 if count is None else count)
        return trials[0] if count is None else trials

    def tell(self, trial: Trial | int, result: Result, noise: Result | None = None) -> None:
        """Say what a trial measured.

        Args:
            trial: from `ask`, or its id.
            result: metrics by name, or a bare number for the one metric. A number that is not
                finite means that the trial diverged.
            noise: known standard errors by name, in the metrics' units, or a bare number likewise.

        Raises:
            UsageError: the trial has ended already, a metric is missing, or an error is no finite
                number of at least 0.
        """
        self._desk.take_result(_number(trial), result, noise)

    def fail(self, trial: Trial | int, reason: str = "crash") -> None:
        """Say that a trial gave no result: a class of failure (oom, timeout, …) or any words."""
        if reason in get_args(Failure):
            self._desk.take_failure(_number(trial), cast("Failure", reason))
        else:
            self._desk.take_failure(_number(trial), "crash", reason)

    def enqueue(self, values: Mapping[str, Value]) -> None:
        """Have a point tried next; a point that the study has seen is left out.

        What is missing gets its default, else the middle of its range.

        Raises:
            UsageError: naming every value that does not fit the space.
        """
        self._desk.enqueue(values)

    def add(
        self, values: Mapping[str, Value], result: Result, noise: Result | None = None
    ) -> Trial:
        """Take in a result measured elsewhere; it costs nothing of the budget of trials.

        At a point that the study has tried it counts as a repeat: results there are taken together.

        Raises:
            UsageError: a value does not fit the space, a metric is missing, or an error is no finite
                number of at least 0.
        """
        return self._desk.add(values, result, noise)

    @property
    def best(self) -> Trial | None:
        """The best feasible trial, by the model's posterior mean when the metric is noisy."""
        found = best_trial(self._desk.history, self.config)
        return None if found is None else found.trial

    @property
    def trials(self) -> list[Trial]:
        """Every trial, in the order of suggestion."""
        return list(self._desk.history.trials.values())

    def to_frame(self) -> "pd.DataFrame":
        """Give one row a trial: state, metrics, parameters, times."""
        from tuner.report.frame import to_frame

        return to_frame(self._desk.history)

    def warm_start(
        self,
        ledger: str | Path | Mapping[str, Any],
        mode: str | None = None,
        **how: Any,  # noqa: ANN401  the other keys of `warm_start.studies`
    ) -> Remembered:
        """Learn from an older study, of this tool or another; what is learnt is written down here.

        Args:
            ledger: a study's folder, its ledger, or what another tool left; or a whole entry of
                `warm_start.studies`.
            mode: as in `warm_start.studies`; auto where nothing says it.
            how: the other keys of an entry there: rename, metric, goal, seeds, max_trials, …

        Returns:
            What is remembered: its points and gains, and what was left out, with the reason.

        Raises:
            ConfigError, UsageError: it is asked for wrongly; it cannot be read or translated.
        """
        entry = ledger if isinstance(ledger, Mapping) else {"ledger": ledger}
        said = how if mode is None else {"mode": mode, **how}
        return self._desk.remember(read_memory({**entry, **said}))

    def run(self, function: Function, *, trials: int, parallel: int = 1) -> Trial | None:
        """Evaluate a function until the study has `trials` trials, earlier ones included.

        Results that were added and repeats use up none of them, as with `stop.trials`.
        The rules of `stop` hold too. Whatever ends it, results that are there are written down;
        Ctrl-C waits for the calls that run, since a thread cannot be interrupted.

        Args:
            function: called with the values of all live parameters; gives a number or a mapping.
                An exception makes a failed trial.
            trials: in total, also after a resume; added results and repeats do not count.
            parallel: threads that call it at the same time.

        Returns:
            The best trial, None if none completed.

        Raises:
            FailureLimitError: the first three trials all failed within a minute, or as many in a
                row as `stop.failures` allows.
        """
        running: dict[Future[Result], Trial] = {}
        judge = self._desk.judge(trials)
        with ThreadPoolExecutor(parallel) as pool:
            try:
                while True:
                    while len(running) < parallel and (trial := self._next(judge, trials)):
                        running[pool.submit(function, dict(trial.params))] = trial
                    if not running:
                        break
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        self._settle(running.pop(future), future)
            except BaseException:
                for future in wait(running).done:
                    self._settle(running[future], future)
                raise
        verdict = judge.look(self._desk.history, exhausted=False)
        if verdict is not None and verdict.kind == "failed":
            raise FailureLimitError(f"{verdict.reason}; the last one: {self._last_words()}")
        return self.best

    def _next(self, judge: Judge, trials: int) -> Trial | None:
        """Give the next trial of `run`, None while none may be started."""
        history = self._desk.history
        verdict = judge.look(history, exhausted=False)
        if verdict is not None and verdict.kind != "budget":
            return None
        try:
            return self._desk.hand_out(budget=trials)
        except SpaceExhaustedError:
            return None

    def _settle(self, trial: Trial, future: Future[Result]) -> None:
        """Write down how a call ended, unless somebody has told it already."""
        if not self._desk.history.trials[trial.id].open:
            return
        error = future.exception()
        if error is None:
            try:
                self.tell(trial, future.result())
            except (TypeError, ValueError, UsageError) as wrong:
                self._desk.take_failure(trial.id, "no_metric", str(wrong))
        elif isinstance(error, Exception):
            words = f"{type(error).__name__}: {error}"
            oom = isinstance(error, MemoryError) or "out of memory" in str(error)
            self._desk.take_failure(trial.id, "oom" if oom else "crash", words)
        else:
            raise error

    def _last_words(self) -> str:
        last = max(self.trials, key=lambda trial: trial.finish_number)
        return (last.finish.message if last.finish else None) or "no message"

    def close(self) -> None:
        """Let go of the ledger; the study can be opened again."""
        self._opening.close("closed by the program")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _number(trial: Trial | int) -> int:
    return trial if isinstance(trial, int) else trial.id


def _name_of(path: str | Path) -> str:
    """Make a study's name of its folder's: letters that a name may not have become dashes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", Path(path).resolve().name).strip(".-")[:64] or "study"
