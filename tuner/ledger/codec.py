r"""A record as one line, and back. Pure; the files are `jsonl.py`'s and `read.py`'s.

    {"v":1,"n":12,"at":"…","t":3.25,"w":"host/boot/pid/start","fact":"suggested",…,"crc":"9ae00f31"}

`crc` is the CRC-32 of the line as it would be without that member. Members nobody knows are
ignored, facts nobody knows become `Unknown`: the file keeps both, since it is only appended to.
"""

import json
from collections.abc import Mapping
from sys import intern
from typing import Any
from zlib import crc32

import orjson

from tuner.errors import LedgerError
from tuner.ledger.shapes import FACTS, HEAD, LARGEST, shape
from tuner.study import Fact, Record, Unknown

VERSION = 1
LONGEST = 64 << 20  # bytes in a line
OWN = frozenset({"crc", *HEAD})  # members that are not the fact's
_head_types: dict[str, set[type]] = {
    "v": {int},
    "n": {int},
    "at": {str},
    "t": {int, float},
    "w": {str},
    "fact": {str},
}
_crc_member = b',"crc":"'
_names = {kind: name for name, kind in FACTS.items()}


class Damaged(ValueError):  # noqa: N818  a verdict on a line, caught by every reader
    """A line that is not a record, or not one that can be understood. The text says why."""


def encode(record: Record) -> bytes:
    """Give the line of a record, line feed included; `bulk.py` is the quick way for many.

    Raises:
        LedgerError: it cannot be written down, or would not be read back.
    """
    line = written(record)
    try:
        decode(line)  # what no reader would take must not count as written
    except Damaged as why:
        raise unreadable(record, why) from why
    return line + b"\n"


def unreadable(record: Record, why: Damaged) -> LedgerError:
    """Make the error of a record whose line is none."""
    return LedgerError(f"the fact {_name(record.fact)!r} could not be read back: {why}")


def written(record: Record) -> bytes:
    """Give the line of a record, without its line feed; whether it can be read is not looked at.

    Raises:
        LedgerError: it cannot be written down.
    """
    fact = record.fact
    name = _name(fact)
    body: dict[str, Any] = {
        "v": VERSION,
        "n": record.number,
        "at": record.at,
        "t": record.elapsed_s,
        "w": record.worker,
        "fact": name,
    }
    try:
        if isinstance(fact, Unknown):
            body |= {name: value for name, value in fact.body.items() if name not in OWN}
        elif (known := shape(name)) is not None:
            known.write(fact, body)
        raw = _dumps(body)
    except (TypeError, ValueError, RecursionError) as error:
        raise LedgerError(
            f"the fact {name!r} cannot be written down: {error}",
            hint="values must be plain: numbers, texts, true, false, null",
        ) from error
    line = b'%s,"crc":"%08x"}' % (raw[:-1], crc32(raw))
    if len(line) >= LONGEST:
        raise LedgerError(f"the fact {name!r} is too long for a ledger: {len(line):,} bytes")
    return line


def _name(fact: Fact) -> str:
    return fact.name if isinstance(fact, Unknown) else _names[type(fact)]


def _dumps(body: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # text that is not UTF-8 (a path), a number beyond 64 bits
        return json.dumps(body, allow_nan=False, separators=(",", ":")).encode("ascii")


def decode(line: bytes) -> Record:
    """Give the record of a line, without its line feed. Raises `Damaged` saying why not.

    Looks at every member; `bulk.py` is the quick way for many lines.
    """
    if line[-18:-10] != _crc_member or line[-2:] != b'"}':
        raise Damaged("it is incomplete")
    if b"%08x" % crc32(b"}", crc32(line[:-18])) != line[-10:-2]:
        raise Damaged("its checksum does not match")
    return _read(_loads(line))


def _loads(line: bytes) -> Any:  # noqa: ANN401  anything may stand in a file
    try:
        return orjson.loads(line)
    except ValueError:
        pass
    try:  # what orjson refuses and `_dumps` may have written
        return json.loads(line.decode("ascii"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Damaged("it is not JSON") from None


def _refuse(text: str) -> None:
    raise ValueError(text)


def _read(body: Any) -> Record:  # noqa: ANN401  anything may stand in a file
    if type(body) is not dict:
        raise Damaged("it is not a JSON object")
    head: list[Any] = []
    for name, kinds in _head_types.items():
        value = body.get(name)
        if type(value) not in kinds:
            raise Damaged(f"its {name!r} is missing or of the wrong type")
        head.append(value)
    version, number, at, elapsed_s, worker, name = head
    if not 0 < number <= LARGEST:
        raise Damaged(f"a record cannot have the number {number}")
    return Record(number, at, elapsed_s, intern(worker), _fact(name, body, version))


def _fact(name: str, body: Mapping[str, Any], version: int) -> Fact:
    known = shape(name)
    if known is None:
        return _unknown(name, body)
    try:
        values = known.patient(body)
    except ValueError as error:
        if version > VERSION:
            return _unknown(name, body)
        raise Damaged(f"a fact {name!r} whose {error}") from None
    known.learn(body, values)
    return known.filled(values)  # type: ignore[no-any-return]  # one of the facts


def _unknown(name: str, body: Mapping[str, Any]) -> Unknown:
    return Unknown(name=name, body={k: v for k, v in body.items() if k not in OWN})
