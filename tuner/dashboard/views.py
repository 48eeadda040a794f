"""What the pages show: all studies as rows, one study as the parts of the report, and its changes."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from tuner import __version__
from tuner.dashboard.studies import Followed
from tuner.errors import FitError
from tuner.report import numbers
from tuner.report.export import plain
from tuner.report.figures import KINDS, Subject
from tuner.report.page import Given, overview, sections
from tuner.report.page.document import data_of, fragment
from tuner.report.page.rows import shorter, table
from tuner.report.page.sections import PARTS
from tuner.report.standing import standing
from tuner.report.tally import Tally, budgets
from tuner.study import History
from tuner.study.ranking import best

SPARKS = 60
"""Places of the small curve beside a study."""

Alive = Callable[[Path, History], Sequence[str]]
"""Names the processes that work on the study in a folder."""


class Outside(NamedTuple):
    """What the room is handed from above.

    Attributes:
        subject_of: gives a study with the model behind it; raises ConfigError where it is none.
        alive: names the processes at work.
    """

    subject_of: Callable[[History], Subject]
    alive: Alive


def row(study: Followed, alive: Alive, now: datetime, root: Path) -> dict[str, Any]:
    """Give one study as plain values, for the list. Called under the lock."""
    history, tally = study.history, study.tally
    found: dict[str, Any] = {
        "key": study.key,
        "version": study.version,
        "name": shorter(str((history.config or {}).get("name", study.folder.name)), 80),
        "folder": shorter(_below(study.folder, root), 200),
        "trouble": shorter(study.trouble),
        "damage": len(study.damage),
    }
    if history.config is None:
        return {**found, "state": "not opened", "detail": "", "counts": {}, "budgets": []}
    state, detail = standing(history, alive(study.folder, history), now)
    winner = tally.best
    return {
        **found,
        "state": state,
        "detail": shorter(detail, 200),
        "metric": shorter(tally.metric.name, 60),
        "goal": tally.metric.goal,
        "best": None if winner is None else plain(winner.value),
        "best_trial": None if winner is None else winner.trial.id,
        "counts": {str(name): count for name, count in tally.states.items() if count},
        "budgets": [[b.name, plain(b.done), plain(b.total)] for b in budgets(history, tally)],
        "since_s": numbers.since(history.last_at, now),
        "curve": [plain(value) for value in _thinned(tally)],
    }


def _below(folder: Path, root: Path) -> str:
    try:
        return str(folder.relative_to(root))
    except ValueError:
        return str(folder)


def _thinned(tally: Tally) -> list[float]:
    curve = tally.curve
    if len(curve) <= SPARKS:
        return list(curve)
    step = (len(curve) - 1) / (SPARKS - 1)
    return [curve[round(place * step)] for place in range(SPARKS)]


def _unasked() -> Any:  # noqa: ANN401  it never gives anything
    raise FitError("the model has not been asked; the button above asks it")


def whole(
    study: Followed, history: History, outside: Outside, now: datetime, *, model: bool
) -> dict[str, Any]:
    """Give one study as the report has it: HTML without figures, and the figures' data.

    Args:
        study: what is followed.
        history: a snapshot of its history.
        outside: what the room is handed.
        now: the time.
        model: ask the model too, which takes seconds.

    Raises:
        ConfigError: the ledger's configuration is none.
    """
    given = _given(study, history, outside, now, model=model)
    parts, trials = sections(given), table(history)
    return {
        "name": shorter(given.subject.name, 80),
        "html": fragment(parts, trials),
        "data": data_of(parts, trials, _best_id(given)),
        "asked": model,
        "model": [part.key for part in PARTS if all(KINDS[kind].model for kind in part.kinds)],
        "parameters": [parameter.name for parameter in given.subject.space.searched],
    }


def changed(
    study: Followed, history: History, outside: Outside, now: datetime, trials: Collection[int]
) -> dict[str, Any]:
    """Give what some trials change where the rest is known: their rows, how all stands, the best.

    Raises:
        ConfigError: the ledger's configuration is none.
    """
    given = _given(study, history, outside, now, model=False)
    rows = table(history, trials)
    parts = (overview.summary(given), overview.winner(given))
    return {"html": fragment(parts, rows), "rows": rows, "best": _best_id(given)}


def _given(
    study: Followed, history: History, outside: Outside, now: datetime, *, model: bool
) -> Given:
    subject = outside.subject_of(history)
    if not model:
        subject = replace(subject, understand=_unasked, relate=lambda: None)
    state, detail = standing(history, outside.alive(study.folder, history), now)
    return Given(
        subject=subject,
        now=now,
        folder=str(study.folder),
        state=state,
        detail=detail,
        winner=best(history),
        damage=tuple(study.damage),
        version=__version__,
    )


def _best_id(given: Given) -> int | None:
    return given.winner.trial.id if given.winner else None
