"""A configuration as plain values, with the place where each of them was written.

The YAML reader, the Python reader and `--set` make trees; everything after them sees only mappings,
lists and scalars, and asks the tree for a place when it has something to complain about.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

Path = tuple[str | int, ...]


class Broken(Enum):
    """Stands where a value could not be read; its mistake is already on the list."""

    BROKEN = "broken"

    def __repr__(self) -> str:
        return "<unreadable>"


BROKEN: Final = Broken.BROKEN


@dataclass(frozen=True, slots=True)
class Place:
    """A position that a person can go to; lines and columns count from 1, and 0 is the whole file."""

    file: str
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: at which path it was found, where that is, and what is wrong."""

    place: Place
    path: Path
    message: str


@dataclass(frozen=True, slots=True)
class Tree:
    """Nested mappings, lists and scalars, and the places of values and of keys.

    Attributes:
        root: the whole document; BROKEN when it could not be read.
        values, keys: places by path; a path that is missing lies where its nearest parent lies.
    """

    root: object
    start: Place
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Give the place of a value (or of its key), or of the nearest parent that has one."""
        if key and path in self.keys:
            return self.keys[path]
        for length in range(len(path), -1, -1):
            found = self.values.get(path[:length])
            if found is not None:
                return found
        return self.start


def dotted(path: Path) -> str:
    """Write a path as people say it.

    Example:
        >>> dotted(("warm_start", "enqueue", 0, "lr"))
        'warm_start.enqueue[0].lr'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
