"""Scalars out of TensorBoard's event files, without TensorBoard, whose import takes seconds.

A file is a row of records: length (8 bytes), its checksum (4), the record, its checksum (4). A record
is an `Event` message: step = field 2, summary = field 5; a summary's values = field 1; a value's
tag = field 1, simple_value = field 2, tensor = field 8 (dtype 1, content 4, float_val 5,
double_val 6). A torn last record is left out, as a writer that was killed leaves one.
"""

import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

FLOAT, DOUBLE = (1, 4, "<f"), (2, 8, "<d")  # dtype of a tensor, bytes, format
HEAD, CHECKSUM = 12, 4  # bytes around a record
STEP, SUMMARY = 2, 5
LONGEST = 1 << 26  # an image, at most; more is damage

Field = tuple[int, int | bytes]


def scalars(folder: Path, tag: str, names: Sequence[str]) -> Iterator[Mapping[str, float]]:
    """Give the values of a tag, and of the other names, in the order of their steps.

    Args:
        folder: searched with everything below it.
        tag: of the metric, which is `names[0]`.
        names: the others are tags too.
    """
    wanted = {**{name: name for name in names[1:]}, tag or names[0]: names[0]}
    said: list[tuple[int, str, float]] = []
    for path in sorted(folder.rglob("*tfevents*")):
        for step, its_tag, value in events(path):
            if its_tag in wanted:
                said.append((step, wanted[its_tag], value))
    said.sort(key=lambda entry: entry[0])
    by_step: dict[int, dict[str, float]] = {}
    for step, name, value in said:
        by_step.setdefault(step, {})[name] = value
    yield from by_step.values()


def tags(folder: Path) -> list[str]:
    """Give every tag that has scalars."""
    paths = sorted(folder.rglob("*tfevents*"))
    return list(dict.fromkeys(tag for path in paths for _, tag, _ in events(path)))


def events(path: Path) -> Iterator[tuple[int, str, float]]:
    """Give (step, tag, value) of every scalar of one file, up to where it is torn."""
    for _, record in records(path):
        yield from scalars_of(record)


def records(path: Path, start: int = 0, longest: int = LONGEST) -> Iterator[tuple[int, bytes]]:
    """Give the records of a file, up to where it is torn, each with the place where it ends.

    Args:
        path: of one file.
        start: where a record begins.
        longest: of a record that is longer nothing is read, and nothing is given.
    """
    try:
        with path.open("rb") as file:
            file.seek(start)
            while len(head := file.read(HEAD)) == HEAD:
                (size,) = struct.unpack("<Q", head[:8])
                if size > LONGEST:
                    return
                record = file.read(size) if size <= longest else b""
                file.seek(size - len(record), os.SEEK_CUR)
                if len(file.read(CHECKSUM)) < CHECKSUM:
                    return
                yield file.tell(), record
    except OSError:
        return


def scalars_of(record: bytes) -> Iterator[tuple[int, str, float]]:
    """Give (step, tag, value) of every scalar of a record."""
    try:
        event = list(fields(record))
        step = next((value for number, value in event if number == STEP), 0)
        for number, summary in event:
            if number == SUMMARY and isinstance(summary, bytes) and isinstance(step, int):
                for _, value in fields(summary):
                    if isinstance(value, bytes):
                        tag, scalar = _value(value)
                        if scalar is not None:
                            yield step, tag, scalar
    except (ValueError, struct.error, IndexError):
        return


def _value(message: bytes) -> tuple[str, float | None]:
    """Give tag and number of one value; None for a picture, a histogram, a text."""
    tag, scalar = "", None
    for number, value in fields(message):
        match number, value:
            case 1, bytes():
                tag = value.decode(errors="replace")
            case 2, bytes():
                (scalar,) = struct.unpack("<f", value)
            case 8, bytes():
                scalar = _tensor(value)
            case _:
                continue
    return tag, scalar


def _tensor(message: bytes) -> float | None:
    """Give the one number of a tensor of floats."""
    found = dict(fields(message))
    kind = found.get(1)
    content = found.get(4) or found.get(5) or found.get(6)
    for dtype, size, layout in (FLOAT, DOUBLE):
        if kind == dtype and isinstance(content, bytes) and len(content) == size:
            return float(struct.unpack(layout, content)[0])
    return None


def fields(message: bytes) -> Iterator[Field]:
    """Give (number, value) of every field of a protobuf message: ints, or raw bytes."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        match key & 7:
            case 0:
                value, place = _varint(message, place)
                yield key >> 3, value
                continue
            case 1:
                size = 8
            case 2:
                size, place = _varint(message, place)
            case 5:
                size = 4
            case other:
                raise ValueError(f"wire type {other}")
        if place + size > len(message):
            raise ValueError("torn")
        yield key >> 3, message[place : place + size]
        place += size


def _varint(message: bytes, place: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        byte = message[place]
        place += 1
        result |= (byte & 0x7F) << shift
        if byte == byte & 0x7F:
            return result, place
        shift += 7
