"""Many lines at once: what makes a ledger of a million trials open in half a minute. Pure.

Does what `codec.decode` does for lines that look like ones which that has found right before: all
members there, of the same types. Every other line is handed to it.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter, lt
from sys import intern
from typing import Any
from zlib import crc32

import orjson

from tuner.ledger.codec import Damaged, decode, unreadable, written
from tuner.ledger.shapes import LARGEST, SHAPES, TEXTS
from tuner.study import Record

AT_ONCE = 256  # lines that are read back together, in memory that was used just before
_record: Callable[[type, Sequence[Any]], Record] = tuple.__new__
_number: Callable[[Any], int] = itemgetter(0)


def encode_all(records: Sequence[Record]) -> list[bytes]:
    """Give the lines of records, line feeds included.

    Raises:
        LedgerError: one cannot be written down, or would not be read back: that must not count as written.
    """
    lines: list[bytes] = []
    for first in range(0, len(records), AT_ONCE):
        piece = records[first : first + AT_ONCE]
        fresh = list(map(written, piece))
        for record, found in zip(piece, decode_all(fresh), strict=True):
            if isinstance(found, Damaged):
                raise unreadable(record, found) from found
        lines += [line + b"\n" for line in fresh]
    return lines


def decode_all(lines: Sequence[bytes]) -> list[Record | Damaged]:  # noqa: C901  one loop, see below
    """Give what each line is: a record, or why it is none.

    One loop without calls of ours on purpose: one call a line is a second in three million lines.
    Numbers of records are not looked at: see `in_order`.
    """
    found: list[Record | Damaged] = []
    for line in lines:
        try:
            if line[-18:] != b',"crc":"%08x"}' % crc32(b"}", crc32(line[:-18])):
                raise ValueError  # noqa: TRY301  the long way, like everything unusual
            body = orjson.loads(line)
            shape = SHAPES[body["fact"]]
            members = shape.get(body)
            types = list(map(type, members))
            if types != shape.usual and tuple(types) not in shape.seen:
                raise ValueError  # noqa: TRY301
            _version, number, at, elapsed_s, worker, *values = members
            for place, words in shape.words:
                if values[place] not in words:
                    raise ValueError  # noqa: TRY301
            for place, are_right in shape.maps:
                if not are_right(map(type, values[place].values())):
                    raise ValueError  # noqa: TRY301
            for place in shape.lists:
                if not TEXTS.issuperset(map(type, values[place])):
                    raise ValueError  # noqa: TRY301
                values[place] = tuple(values[place])
        except (KeyError, TypeError, ValueError):
            found.append(_patiently(line))
            continue
        fact = shape.draft(*values)
        fact.__class__ = shape.fact
        found.append(_record(Record, (number, at, elapsed_s, intern(worker), fact)))
    return found


def _patiently(line: bytes) -> Record | Damaged:
    try:
        return decode(line)
    except Damaged as why:
        return why


def in_order(found: Sequence[Record | Damaged], last: int) -> bool:
    """Say whether all are records with rising numbers above `last`: the usual case, told quickly."""
    if set(map(type, found)) != {Record}:
        return False
    numbers = list(map(_number, found))
    return last < numbers[0] and all(map(lt, numbers, numbers[1:])) and numbers[-1] <= LARGEST
