"""Optuna's SQLite file, read through the standard library, without Optuna and without writing.

The tables and columns that are read are the same from Optuna 3.0 to 5.0 (schema 12). Views and virtual
tables in their place are refused: reading those would compute what a stranger wrote.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tuner.errors import UsageError
from tuner.interop.base import Goal, OldStudy
from tuner.interop.documents import parse_json
from tuner.interop.optuna_bounds import ATTRIBUTE, constraints_in
from tuner.interop.optuna_space import GOALS, Stored, chosen, metric_names, old_study
from tuner.interop.values import number_of

SCHEMA = 12
TABLES = (
    *("studies", "study_directions", "study_system_attributes", "trials", "trial_params"),
    *("trial_values", "trial_intermediate_values", "trial_system_attributes", "version_info"),
)
ENDLESS = {"INF_POS": float("inf"), "INF_NEG": float("-inf"), "NAN": float("nan")}


def read_optuna_sqlite(path: Path, study: str | None = None, metric: str | None = None) -> OldStudy:
    """Read one study of a database.

    Args:
        path: of the file.
        study: its name, where there are several.
        metric: the objective that is meant, where it has several.

    Raises:
        UsageError: it cannot be read, or which study is meant is not clear.
    """
    address = f"file:{quote(str(path.resolve()))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            database.text_factory = _text
            database.execute("PRAGMA trusted_schema = OFF")
            _check(database, path)
            found = database.execute("SELECT study_name, study_id FROM studies")
            names = {str(name): number for name, number in found}
            name = chosen(names, study, path)
            number = names[name]
            goals = _goals(database, number)
            return old_study(path, name, list(_trials(database, number)), goals, metric)
    except (sqlite3.Error, OverflowError, TypeError, ValueError) as wrong:
        raise UsageError(
            f"{path} cannot be read as a store of Optuna: {wrong}",
            hint=f"`optuna storage upgrade --storage sqlite:///{path}` brings an older one up to date",
        ) from wrong


@lru_cache(maxsize=4096)
def _text(raw: bytes) -> str:
    """Read a text; a name and a distribution come again in every trial."""
    return raw.decode(errors="replace")


def _check(database: sqlite3.Connection, path: Path) -> None:
    kinds = {
        name: (kind, root)
        for name, kind, root in database.execute("SELECT name, type, rootpage FROM sqlite_master")
    }
    for table in TABLES:
        kind, root = kinds.get(table, ("", 0))
        if kind != "table" or not root:
            raise UsageError(
                f"{path} is no store of Optuna: it has no table {table}",
                hint="of an mlflow.db, `mlflow experiments csv -x ID -o runs.csv` writes what is read",
            )
    for (schema,) in database.execute("SELECT schema_version FROM version_info"):
        if schema != SCHEMA:
            raise ValueError(f"its schema is {schema}, {SCHEMA} is read")


def _goals(database: sqlite3.Connection, study: int) -> dict[str, Goal | None]:
    rows = database.execute(
        "SELECT direction FROM study_directions WHERE study_id = ? ORDER BY objective", (study,)
    )
    goals = [GOALS.get(str(direction)) for (direction,) in rows]
    told = database.execute(
        "SELECT value_json FROM study_system_attributes WHERE study_id = ? AND key = ?",
        (study, "study:metric_names"),
    ).fetchone()
    names = metric_names(parse_json(told[0]) if told else None, len(goals))
    return dict(zip(names, goals, strict=True))


def _trials(database: sqlite3.Connection, study: int) -> Iterator[Stored]:  # noqa: C901  a loop a table
    found = database.execute(
        "SELECT trial_id, number, state FROM trials WHERE study_id = ? ORDER BY number", (study,)
    )
    trials = {key: Stored(number=number, state=str(state)) for key, number, state in found}

    def rows(columns: str, table: str) -> Iterator[tuple[Stored, Any]]:
        """Give the rows of a table that are about these trials."""
        for number, *row in database.execute(f"SELECT trial_id, {columns} FROM {table}"):  # noqa: S608  both ours
            if number in trials:
                yield trials[number], row

    for trial, (name, value, distribution) in rows(
        "param_name, param_value, distribution_json", "trial_params"
    ):
        trial.params[str(name)] = value, str(distribution)
    for trial, (objective, value, kind) in rows("objective, value, value_type", "trial_values"):
        trial.values[objective] = ENDLESS.get(kind, value)
    for trial, (step, value, kind) in rows(
        "step, intermediate_value, intermediate_value_type", "trial_intermediate_values"
    ):
        try:
            place = number_of(step)
        except ValueError as why:
            trial.wrong = f"the step of a report {why}"
            continue
        if trial.last is None or trial.last[0] <= place:
            trial.last = place, ENDLESS.get(kind, value)
    for trial, (key, text) in rows("key, value_json", "trial_system_attributes"):
        if str(key).startswith(ATTRIBUTE):
            _constrain(trial, str(key), text)
    yield from trials.values()


def _constrain(trial: Stored, key: str, text: str) -> None:
    try:
        trial.constraints |= constraints_in(key, parse_json(text))
    except ValueError:
        trial.wrong = "what its constraints came to is not JSON"
