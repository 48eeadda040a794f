"""An old study becomes one of ours: its space a configuration, its trials facts of a new ledger."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuner.assemble.keeping import CONFIG_NAME
from tuner.assemble.opening import holds_study, open_study
from tuner.config import StudyConfig, read_config
from tuner.config.sections import fallback_name
from tuner.errors import ConfigError, UsageError
from tuner.ledger import collector_paused
from tuner.space.space import AS_IT_IS, Key
from tuner.study import Closed, Finished, Point, Suggested

if TYPE_CHECKING:
    from tuner.interop import OldStudy, OldTrial


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What became of an old study.

    Attributes:
        states: imported trials by state.
        left: trials that were left out, a line each with its place and the reason.
        notes: what was decided without having been said, and what trials are not quite here.
    """

    config: StudyConfig
    states: Mapping[str, int]
    left: tuple[str, ...]
    notes: tuple[str, ...]


@collector_paused()
def import_study(old: "OldStudy", folder: Path) -> Imported:
    """Make a study of an old one; its trials cost nothing of the new budget.

    All facts are written at once, the end of this session included, and confirmed by one fsync.

    Args:
        old: with names that are legal here.
        folder: where the study will be, named like it; it holds none.

    Raises:
        UsageError: its metric or its goal is not told, no trial is usable, or a study is there.
        ConfigError: its space is none of ours.
    """
    if holds_study(folder):
        raise UsageError(f"{folder} holds a study already", hint="name a new folder with --to")
    if not old.trials:
        raise _nothing(old, old.unread)
    config, notes = _config(old, folder)
    usable, left = _usable(old, config, notes)
    if not usable:
        raise _nothing(old, [*old.unread, *left])
    opening = open_study(config)
    try:
        with opening.book.turn():
            facts: list[Suggested | Finished] = []
            first: dict[Key, int] = {}
            complete = config.space.complete if config.space.followed else dict
            for number, (point, trial) in enumerate(usable, start=opening.book.history.next_id):
                of = first.setdefault(config.space.key(point, trimmed=True), number)
                facts += _facts(number, complete(point), trial, old, config.metric.name, of)
            opening.book.write(*facts, Closed(reason="imported"))
        states = Counter(str(t.state) for t in opening.book.history.trials.values())
    finally:
        replace(opening, begun=False).close("")  # it is closed: a second word would cost a table
    return Imported(config=config, states=states, left=(*old.unread, *left), notes=tuple(notes))


def _nothing(old: "OldStudy", left: Sequence[str]) -> UsageError:
    reasons = "; ".join(left[:3])
    return UsageError(f"no trial of {old.source} can be used", hint=reasons or "it has none")


def _config(old: "OldStudy", folder: Path) -> tuple[StudyConfig, list[str]]:
    """Make the configuration, and say what in it was told from the trials."""
    if old.metric is None:
        known = dict.fromkeys(name for trial in old.trials for name in trial.metrics)
        there = f"it has {', '.join(known)}" if known else "it has none"
        raise UsageError(f"which metric of {old.source}?", hint=f"name one with --metric; {there}")
    if old.goal is None:
        raise UsageError(
            f"{old.source} does not say which way {old.metric} is better",
            hint="add --goal minimize or --goal maximize",
        )
    from tuner.interop import declared

    nodes, notes = declared(old)
    plain = {
        "name": fallback_name(folder.resolve() / CONFIG_NAME),
        "dir": str(folder),
        "metric": {"name": old.metric, "goal": old.goal},
        "parameters": {name: dict(node) for name, node in nodes.items()},
        "runner": {"type": "manual"},
    }
    config, more = _bounded(old, plain)
    return config, [*old.notes, *notes, *more]


def _bounded(old: "OldStudy", plain: dict[str, Any]) -> tuple[StudyConfig, list[str]]:
    """Take over what had to hold there, as far as it can be asked for here, and say what."""
    config, notes = read_config(plain), []
    measured = {name for trial in old.trials for name in trial.metrics}
    bounds: list[tuple[str, str, object]] = []
    for each in old.constraints:
        if each.metric in measured:
            bounds.append(("constraints", str(each), asdict(each)))
        else:
            notes.append(f"constraint {each} is not taken over: no trial has measured it")
    wanted = [*bounds, *(("require", text, text) for text in old.require)]
    whole = dict(plain)
    for section, _, node in wanted:
        whole[section] = [*whole.get(section, ()), node]
    with suppress(ConfigError):  # mostly nothing is wrong, and each look at a space takes time
        config = read_config(whole)
        return config, [
            *notes,
            *(f"{section}: {text}, as it was there" for section, text, _ in wanted),
        ]
    for section, text, node in wanted:
        wider = {**plain, section: [*plain.get(section, ()), node]}
        try:
            config = read_config(wider)
        except ConfigError as wrong:
            why = wrong.problems[0].message
            notes.append(f"{section.removesuffix('s')} {text} is not taken over: {why}")
        else:
            plain = wider
            notes.append(f"{section}: {text}, as it was there")
    return config, notes


def _usable(
    old: "OldStudy", config: StudyConfig, notes: list[str]
) -> tuple[list[tuple[Point, "OldTrial"]], list[str]]:
    """Part the trials into those with their points here, live and searched, and those left out with the reason."""
    usable: list[tuple[Point, OldTrial]] = []
    left: list[str] = []
    remarks: Counter[str] = Counter()
    known = {parameter.name for parameter in config.space.parameters}
    for trial in old.trials:
        if trial.state != "failed" and config.metric.name not in trial.metrics:
            left.append(f"{trial.called}: it has no metric {config.metric.name}")
            continue
        given = {name: value for name, value in trial.point.items() if name in known}
        point, why = config.space.usable(given)
        if point is None:
            left.append(f"{trial.called}: {why}")
            continue
        if why != AS_IT_IS:
            remarks.update(why.split("; "))
        usable.append((point, trial))
    notes += [f"{remark} ({count} of {len(usable)} trials)" for remark, count in remarks.items()]
    return usable, left


def _facts(
    number: int, point: Point, trial: "OldTrial", old: "OldStudy", metric: str, of: int
) -> Iterator[Suggested | Finished]:
    """Give the facts of a trial, as `Desk.add` writes them; `of` is the first one at its point."""
    diverged = trial.state != "failed" and not math.isfinite(trial.metrics[metric])
    failed = diverged or trial.state == "failed"
    repeats = of if of != number else None
    yield Suggested(trial=number, point=point, method="added", of=repeats, by_hand=True)
    yield Finished(
        trial=number,
        attempt=1,
        state="failed" if failed else trial.state,
        failure=("diverged" if diverged else "crash") if failed else None,
        metrics=trial.metrics,
        noise=trial.noise,
        message=f"{old.kind} {trial.called}",
    )
