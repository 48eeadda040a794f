"""How each kind of fact lies in a line: which members, of which types. Pure; called by `codec.py`.

A ledger may come from anywhere, so nothing in it is believed: a member of another type than the
fact's own is refused by name. That look is taken once for each combination of types, because a
ledger of 100,000 trials has a million members and only a handful of combinations. Long because a
kind of member and the way to read it belong side by side.
"""

import math
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import MISSING, Field, fields, make_dataclass
from math import isfinite
from operator import attrgetter, itemgetter
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from tuner.study import (
    Closed,
    Failure,
    Finished,
    Metrics,
    Noted,
    Opened,
    Point,
    Reconfigured,
    Remembered,
    Reported,
    Started,
    Suggested,
)

FACTS: dict[str, type] = {
    kind.__name__.lower(): kind
    for kind in (
        *(Opened, Reconfigured, Remembered, Suggested, Started),
        *(Reported, Finished, Noted, Closed),
    )
}
HEAD = ("v", "n", "at", "t", "w", "fact")  # of every record
LARGEST = 2**53  # every reader of JSON can hold it
INT64 = 2**63
NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
SCALARS: frozenset[type] = frozenset({bool, int, float, str, type(None)})
SAFE: frozenset[type] = frozenset({bool, str, type(None)})
FLOATS: frozenset[type] = frozenset({float})
TEXTS: frozenset[type] = frozenset({str})
FAILURES = frozenset({None, *get_args(Failure)})

Read = Callable[[Any], Any]


class Kind(NamedTuple):
    """How a member of a line becomes a field.

    Attributes:
        read: checks and converts anything; raises ValueError saying what would be right.
        write: the way back; None where JSON takes the value as it is.
        words: the values that need no reading, where the type alone does not say so.
        each: the types of elements that need no reading; for mappings and lists.
    """

    read: Read
    write: Read | None = None
    words: Container[Any] | None = None
    each: frozenset[type] | None = None


def number(value: float) -> float | str:
    """Make a float safe for JSON: nan and the infinities become text."""
    value = float(value)
    return value if isfinite(value) else repr(value)


def read_number(value: object) -> float:
    """Take a float as it was written; whole numbers and the texts of `number` are fine."""
    if type(value) is float:
        return value
    if type(value) is int:
        return float(value)
    if type(value) is str and value in NOT_FINITE:
        return NOT_FINITE[value]
    raise ValueError("must be a number")


def scalar(value: object) -> object:
    """Make a value of a point safe for JSON, exactly: text stays text, a whole number whole."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        whole = int(value)
        return whole if -INT64 <= whole < INT64 else {"int": str(whole)}
    if isinstance(value, float):
        return float(value) if isfinite(value) else {"float": repr(float(value))}
    item = getattr(value, "item", None)  # a scalar of numpy
    if item is None:
        raise TypeError(f"{value!r} is not a value of a parameter")
    return scalar(item())


def read_scalar(value: object) -> object:
    """Take a value of a point as `scalar` wrote it."""
    if type(value) in SCALARS:
        return value
    match value:
        case {"int": str(text)}:
            return int(text)
        case {"float": str(text)} if text in NOT_FINITE:
            return NOT_FINITE[text]
        case _:
            raise ValueError("must map names to plain values")


def plain(value: object) -> object:
    """Make a configuration safe for JSON: mappings, lists, non-finite numbers as text."""
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        return number(value)
    return value


def _exactly(kind: type, words: str) -> Read:
    def read(value: object) -> object:
        if type(value) is not kind:
            raise ValueError(f"must be {words}")
        return value

    return read


def _count(value: object) -> object:
    if type(value) is int and 0 <= value <= LARGEST:
        return value
    raise ValueError(f"must be a whole number from 0 on, not {value!r:.30}")


def _one_of(choices: object) -> Kind:
    words = frozenset(get_args(choices))

    def read(value: object) -> object:
        if type(value) is str and value in words:
            return value
        raise ValueError(f"must be one of {', '.join(sorted(words))}")

    return Kind(read, words=words)


def _failure(value: object) -> object:
    """Take a class of failure; one of a newer version counts as a crash."""
    if value is None or type(value) is str:
        return value if value in FAILURES else "crash"
    raise ValueError("must be text or null")


def _mapping(each: frozenset[type], read_each: Read, write: Read) -> Kind:
    """Read a mapping: as it is when its values have the right types, else value by value."""

    def read(value: object) -> object:
        if type(value) is not dict:
            raise ValueError("must be a mapping")
        if each.issuperset(map(type, value.values())):
            return value
        return {name: read_each(inner) for name, inner in value.items()}

    return Kind(read, write, each=each)


def _texts(value: object) -> object:
    if type(value) is list and TEXTS.issuperset(map(type, value)):
        return tuple(value)
    raise ValueError("must be a list of texts")


def _written_point(point: Point) -> dict[str, object]:
    """Make values safe for JSON; a call is saved for each that is so by its type alone."""
    return {
        name: value
        if type(value) in SAFE or (type(value) is float and isfinite(value))
        else scalar(value)
        for name, value in point.items()
    }


def _written_metrics(metrics: Metrics) -> dict[str, object]:
    return {
        name: value if type(value) is float and isfinite(value) else number(value)
        for name, value in metrics.items()
    }


def _list(read_each: Read, write_each: Read, words: str) -> Kind:
    """Read a list element by element."""

    def read(value: object) -> object:
        if type(value) is not list:
            raise ValueError(f"must be a list of {words}")
        return tuple(map(read_each, value))

    return Kind(read, lambda values: list(map(write_each, values)))


def _maybe(kind: Kind) -> Kind:
    """Allow None as well."""

    def wrap(way: Read) -> Read:
        return lambda value: None if value is None else way(value)

    words = None if kind.words is None else _OrNone(kind.words)
    return kind._replace(read=wrap(kind.read), write=kind.write and wrap(kind.write), words=words)


class _OrNone:
    """Words, or None: a range looks through all its numbers for what is none."""

    def __init__(self, words: Container[Any]) -> None:
        self._words = words

    def __contains__(self, value: object) -> bool:
        return value is None or value in self._words


_TEXT = Kind(_exactly(str, "text"))
_INT = Kind(_exactly(int, "a whole number"))
_COUNT = Kind(_count, words=range(LARGEST + 1))
_FLOAT = Kind(read_number, number)
_POINT = _mapping(SCALARS, read_scalar, _written_point)
_CONFIG = Kind(_exactly(dict, "a mapping"), plain)

KINDS: dict[object, Kind] = {
    str: _TEXT,
    str | None: _maybe(_TEXT),
    int: _INT,
    int | None: _maybe(_INT),
    float: _FLOAT,
    float | None: _maybe(_FLOAT),
    bool: Kind(_exactly(bool, "true or false")),
    tuple[str, ...]: Kind(_texts, list, each=TEXTS),
    Point: _POINT,
    tuple[Point, ...]: _list(_POINT.read, _written_point, "points"),
    tuple[float, ...]: _list(read_number, number, "numbers"),
    Metrics: _mapping(FLOATS, read_number, _written_metrics),
    Mapping[str, str]: _mapping(TEXTS, _exactly(str, "a mapping of texts"), dict),
    Mapping[str, Any]: _CONFIG,
    Mapping[str, Any] | None: _maybe(_CONFIG),
    Failure | None: Kind(_failure, words=FAILURES),
}


def twin(kind: type) -> Callable[..., Any]:
    """Make a class that can be filled quickly and then become the frozen `kind`.

    A frozen dataclass sets each field through `object.__setattr__`, which is half of the time that
    a replay takes. The twin has the same slots, so its instances may change their class.
    """
    names = [(field.name, object) for field in fields(kind)]
    return make_dataclass(f"{kind.__name__}Draft", names, slots=True)


class Shape:
    """One kind of fact, as it lies in a line.

    What `bulk.py` needs to know whether a line is right without looking at each of its members:

    Attributes:
        get: takes the members out of a line: the head but for the name, and then the fields.
        usual, seen: types of the members of the last line, and of all lines, that were found right.
        words, maps, lists: fields, by position, whose type alone does not say that they are right:
            with the values they may have; with what tells the right types of the elements.
        draft: makes what becomes the fact by changing its class.
    """

    def __init__(self, name: str) -> None:
        self.fact = FACTS[name]
        hints = get_type_hints(self.fact)
        self.draft = twin(self.fact)
        self.fields: tuple[Field[Any], ...] = fields(self.fact)
        self.kinds = [_kind(field.name, hints[field.name]) for field in self.fields]
        self.get = itemgetter(*HEAD[:-1], *(field.name for field in self.fields))
        self._given = attrgetter(*(field.name for field in self.fields))
        self._names = [field.name for field in self.fields]
        pairs = zip(self._names, self.kinds, strict=True)
        self._writers = [(name, kind.write) for name, kind in pairs if kind.write is not None]
        self.usual: list[type] = []
        self.seen: set[tuple[type, ...]] = set()
        kinds = list(enumerate(self.kinds))
        self.words = [(place, kind.words) for place, kind in kinds if kind.words is not None]
        self.maps = [(n, k.each.issuperset) for n, k in kinds if k.each and k.read is not _texts]
        self.lists = [place for place, kind in kinds if kind.read is _texts]
        self._outer = [n for n, kind in kinds if kind.words is None and not kind.each]

    def patient(self, body: Mapping[str, Any]) -> list[Any]:
        """Read member by member: an older version may have written fewer.

        Raises ValueError naming the member that is not right.
        """
        values = []
        for field, kind in zip(self.fields, self.kinds, strict=True):
            try:
                values.append(kind.read(body[field.name]) if field.name in body else default(field))
            except (ValueError, OverflowError) as error:
                raise ValueError(f"{field.name} {error}") from None
        return values

    def filled(self, values: Iterable[Any]) -> Any:  # noqa: ANN401  any fact
        """Make the fact of checked values, in the order of its fields."""
        fact = self.draft(*values)
        fact.__class__ = self.fact
        return fact

    def learn(self, body: Mapping[str, Any], read: list[Any]) -> None:
        """Remember the types of a line that was read, if they say all that reading found out."""
        try:
            members = self.get(body)
        except KeyError:
            return  # of an older version, with fewer members
        raw = members[-len(read) :]
        if all(raw[n] is read[n] for n in self._outer):
            self.usual = list(map(type, members))
            self.seen.add(tuple(self.usual))

    def write(self, fact: object, body: dict[str, Any]) -> None:
        """Put the members of a line, every one, in the order of the fact, behind those of the head."""
        body.update(zip(self._names, self._given(fact), strict=True))
        for name, write in self._writers:
            value = body[name]
            if not (value is None or (type(value) is float and isfinite(value))):
                body[name] = write(value)


def _kind(name: str, hint: object) -> Kind:
    if name == "trial":
        return _maybe(_COUNT) if hint == int | None else _COUNT
    return _one_of(hint) if get_origin(hint) is Literal else KINDS[hint]


def default(field: Field[Any]) -> Any:  # noqa: ANN401  of any field
    """Give what a field is when nobody said it."""
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return field.default_factory()
    raise ValueError("is missing")


def shape(name: str) -> Shape | None:
    """Give the shape of a kind of fact; None for one of a newer version."""
    if name not in SHAPES and name in FACTS:
        SHAPES[name] = Shape(name)
    return SHAPES.get(name)


SHAPES: dict[str, Shape] = {}  # of the kinds that were met so far
