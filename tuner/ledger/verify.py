"""`tuner doctor` asks this: is the ledger sound? In the spirit of `journalctl --verify`."""

from collections.abc import Iterator
from pathlib import Path

from tuner.errors import LedgerError
from tuner.ledger.codec import LONGEST, Damaged, decode
from tuner.ledger.csv_ledger import JOURNAL
from tuner.ledger.csv_ledger import NAME as CSV
from tuner.ledger.read import find, read_study
from tuner.study import Record, Unknown

MOST = 1000


def verify(path: Path) -> list[str]:
    """Give what is wrong with a ledger, a line each; nothing for a sound one.

    Looks at every line for itself: damage, an unfinished end, numbers that are missing or were
    given twice, facts of a newer version, facts about trials that nobody suggested.
    """
    file = find(path)
    reading = read_study(file)
    if file.suffix == ".csv":
        journal = file.with_name(JOURNAL)
        beside = file.name == CSV and journal.exists()
        found = [*reading.damage, *(_lines(journal) if beside else ())]
    else:
        found = list(_lines(file))
    if reading.history.orphans:
        found.append(f"{reading.history.orphans} facts about trials that nobody suggested: ignored")
    if len(found) > MOST:
        found[MOST:] = [f"and {len(found) - MOST} more"]
    return found


def _lines(file: Path) -> Iterator[str]:
    last: Record | None = None
    newer: dict[str, int] = {}
    offset = 0
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(iter(lambda: lines.readline(LONGEST), b""), start=1):
                text = line.removesuffix(b"\n")
                where = f"line {number} (byte {offset})"
                offset += len(line)
                if not text:
                    continue
                try:
                    record = decode(text)
                except Damaged as why:
                    yield _damaged(where, str(why), unended=text == line)
                    continue
                yield from _order(where, last, record)
                last = record if last is None or record.number > last.number else last
                if isinstance(record.fact, Unknown):
                    newer[record.fact.name] = newer.get(record.fact.name, 0) + 1
    except OSError as error:
        raise LedgerError(f"{file} cannot be read: {error.strerror}") from error
    for name, count in newer.items():
        yield f"{count} facts {name!r} of a newer version: kept and ignored"


def _damaged(where: str, why: str, *, unended: bool) -> str:
    if unended:
        return f"{where}: unfinished: it is being written, or a crash cut it off"
    return f"{where}: {why}; skipped"


def _order(where: str, last: Record | None, record: Record) -> Iterator[str]:
    if last is None:
        if record.number > 1:
            yield f"{where}: records 1 to {record.number - 1} are missing before it"
    elif record.number > last.number + 1:
        yield f"{where}: records {last.number + 1} to {record.number - 1} are missing before it"
    elif record.number == last.number and record.fact != last.fact:
        yield f"{where}: record {record.number} was told twice, differently; the first one counts"
    elif record.number < last.number:
        yield f"{where}: record {record.number} stands behind record {last.number}; ignored"
