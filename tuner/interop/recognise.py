"""Who wrote it, told by the content and not by the name."""

from pathlib import Path
from typing import Any

from tuner.errors import UsageError
from tuner.interop.base import Kind
from tuner.interop.dialects import dialect_of
from tuner.interop.documents import MIB, parse_json, read_bytes
from tuner.interop.sheet import columns_of
from tuner.ledger.spec import LEDGERS

SQLITE = b"SQLite format 3\0"
PICKLE = 0x80  # the first byte, before the number of its protocol
NEWEST_PICKLE = 5
GLANCE = 64 * 1024  # bytes
LONGEST_LINE = 16 * MIB  # of what may be a line of a ledger or a journal
OURS = {"trial", "state", "failure", "attempt", "method", "suggested_at"}
READABLE = (
    "read are: our ledgers; CSV tables; Optuna's SQLite and journal files; CSV exports of W&B sweeps;"
    " result folders of Ray Tune; runs of MLflow (a folder mlruns, or CSV); JSON of Ax; run"
    " histories of SMAC; CSV of Orion's to_pandas()"
)


def kind_of(path: Path) -> Kind:
    """Tell who wrote a file or a folder.

    Raises:
        UsageError: nobody that is known, or it is a pickle, which is never opened.
    """
    if not path.exists():
        raise UsageError(f"{path} does not exist", hint="name the file or folder of an old study")
    found = _folder(path) if path.is_dir() else _file(path)
    if found is None:
        raise UsageError(f"{path} is no study of a kind that is known", hint=READABLE)
    return found


def is_sqlite(path: Path) -> bool:
    """Say whether a file is an SQLite database."""
    return _head(path).startswith(SQLITE)


def is_json(path: Path) -> bool:
    """Say whether a file begins as JSON does."""
    return path.is_file() and _head(path).lstrip()[:1] in (b"{", b"[")


def _folder(path: Path) -> Kind | None:
    if any((path / name).is_file() for name in LEDGERS):
        return "tuner"
    if (path / "runhistory.json").is_file():
        return "smac"
    if (path / "meta.yaml").is_file() or any(path.glob("*/meta.yaml")):
        return "mlflow"
    if any(path.glob("experiment_state-*.json")) or any(path.glob("*/params.json")):
        return "ray"
    return "mlflow" if (path / "mlruns").is_dir() else None


def _file(path: Path) -> Kind | None:
    head = _head(path)
    if head.startswith(SQLITE):
        return "optuna"
    if head[:1] == bytes([PICKLE]) and head[1:2] <= bytes([NEWEST_PICKLE]):
        raise UsageError(
            f"{path} is a Python pickle: opening one may run any code, so it is not opened",
            hint="write a table with the tool that made it: in Orion "
            "`experiment.to_pandas().to_csv('trials.csv')`, in Optuna "
            "`study.trials_dataframe().to_csv('trials.csv')`",
        )
    lines = [line for line in head.splitlines() if line.strip()]
    if not lines or b"\0" in head:
        return None
    if lines[0].lstrip()[:1] in (b"{", b"["):
        return _lines([_first_line(path), *lines]) or _document(path)
    text = lines[0].decode("utf-8-sig", errors="replace")
    columns = columns_of(text)
    if len(columns) < 2:  # noqa: PLR2004  a parameter and a metric
        return None
    return "tuner" if set(columns) >= OURS else dialect_of(columns).kind


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(GLANCE)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _first_line(path: Path) -> bytes:
    """Give the first line: of a study with a thousand parameters it is longer than a glance."""
    try:
        with path.open("rb") as file:
            return file.readline(LONGEST_LINE)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _lines(lines: list[bytes]) -> Kind | None:
    """Tell the files with an object a line; one sound line is enough."""
    for line in lines:
        try:
            body = parse_json(line)
        except ValueError:
            continue
        if isinstance(body, dict) and "op_code" in body:
            return "optuna"
        if isinstance(body, dict) and {"fact", "crc"} <= body.keys():
            return "tuner"
    return None


def _document(path: Path) -> Kind | None:
    """Tell the files that are one JSON document."""
    try:
        body: Any = parse_json(read_bytes(path))
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    if "__type" in body or "experiment" in body:
        return "ax"
    if {"data", "configs"} <= body.keys():
        return "smac"
    return "ray" if "trial_data" in body else None
