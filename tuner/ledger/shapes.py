"""How each kind of fact lies in a line: which members, of which types. Pure; called by `codec.py`.

A ledger may come from anywhere, so nothing in it is believed: a member of another type than the
fact's own is refused by name. That look is taken once for each combination of types, because a
ledger of 100,000 trials has a million members and only a handful of combinations.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, make_dataclass
from functools import cache
from operator import itemgetter
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
    Reported,
    Started,
    Suggested,
)

FACTS: dict[str, type] = {
    kind.__name__.lower(): kind
    for kind in (Opened, Reconfigured, Suggested, Started, Reported, Finished, Noted, Closed)
}
HEAD = ("v", "n", "at", "t", "w")  # of every record, beside the name of its fact
COUNTS = frozenset({"trial", "attempt", "pid"})
LARGEST = 2**53  # every reader of JSON can hold it
INT64 = 2**63
NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
SCALARS: frozenset[type] = frozenset({bool, int, float, str, type(None)})
FLOATS: frozenset[type] = frozenset({float})
TEXTS: frozenset[type] = frozenset({str})
FAILURES = {name: name for name in get_args(Failure)}

Read = Callable[[Any], Any]


class Kind(NamedTuple):
    """How a member of a line becomes a field.

    Attributes:
        read: checks and converts anything; raises ValueError saying what would be right.
        inner: the part of that which has to be done even when the type was seen before; may also
            raise KeyError.
        write: the way back; None where JSON takes the value as it is.
    """

    read: Read
    inner: Read | None = None
    write: Read | None = None


def number(value: float) -> float | str:
    """Make a float safe for JSON: nan and the infinities become text."""
    value = float(value)
    return value if math.isfinite(value) else repr(value)


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
        return float(value) if math.isfinite(value) else {"float": repr(float(value))}
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
    words = {name: name for name in get_args(choices)}

    def read(value: object) -> object:
        if type(value) is str and value in words:
            return words[value]
        raise ValueError(f"must be one of {', '.join(words)}")

    return Kind(read, words.__getitem__)


def _failure(value: object) -> object:
    """Take a class of failure; one of a newer version counts as a crash."""
    if value is None or type(value) is str:
        return None if value is None else FAILURES.get(value, "crash")
    raise ValueError("must be text or null")


def _mapping(allowed: frozenset[type], read_each: Read, write: Read) -> Kind:
    """Read a mapping: as it is when its values have the allowed types, else value by value."""

    def inner(value: dict[str, object]) -> object:
        if allowed.issuperset(map(type, value.values())):
            return value
        return {name: read_each(each) for name, each in value.items()}

    def read(value: object) -> object:
        if type(value) is not dict:
            raise ValueError("must be a mapping")
        return inner(value)

    return Kind(read, inner, write)


def _texts(value: object) -> object:
    if type(value) is list and TEXTS.issuperset(map(type, value)):
        return tuple(value)
    raise ValueError("must be a list of texts")


def _maybe(kind: Kind) -> Kind:
    """Allow None as well."""

    def wrap(read: Read | None) -> Read | None:
        return None if read is None else lambda value: None if value is None else read(value)

    return Kind(wrap(kind.read) or kind.read, wrap(kind.inner), wrap(kind.write))


_TEXT = Kind(_exactly(str, "text"))
_INT = Kind(_exactly(int, "a whole number"))
_COUNT = Kind(_count, None, _count)
_FLOAT = Kind(read_number, write=number)
_CONFIG = Kind(_exactly(dict, "a mapping"), write=plain)

KINDS: dict[object, Kind] = {
    str: _TEXT,
    str | None: _maybe(_TEXT),
    int: _INT,
    int | None: _maybe(_INT),
    float: _FLOAT,
    float | None: _maybe(_FLOAT),
    bool: Kind(_exactly(bool, "true or false")),
    tuple[str, ...]: Kind(_texts, _texts, list),
    Point: _mapping(SCALARS, read_scalar, lambda point: {k: scalar(v) for k, v in point.items()}),
    Metrics: _mapping(
        FLOATS, read_number, lambda metrics: {k: number(v) for k, v in metrics.items()}
    ),
    Mapping[str, str]: _mapping(TEXTS, _exactly(str, "a mapping of texts"), dict),
    Mapping[str, Any]: _CONFIG,
    Mapping[str, Any] | None: _maybe(_CONFIG),
    Failure | None: Kind(_failure, {None: None, **FAILURES}.__getitem__),
}


def twin(kind: type) -> tuple[type, Callable[..., None]]:
    """Make a class that can be filled quickly and then become the frozen `kind`.

    A frozen dataclass sets each field through `object.__setattr__`, which is half of the time that
    a replay takes. The twin has the same slots, so its instances may change their class.
    """
    names = [(field.name, object) for field in fields(kind)]
    made = make_dataclass(f"{kind.__name__}Draft", names, slots=True)
    return made, made.__init__


class Shape:
    """One kind of fact, with the head that every record has.

    Attributes:
        get: takes the members out of a line, `HEAD` first, then fields; KeyError if one is missing.
        seen: combinations of member types that need no second look.
        inner: what has to be done to members whose types were seen before, by position.
        outer: positions of the members whose type says it all.
    """

    def __init__(self, fact: type) -> None:
        hints = get_type_hints(fact)
        self.fact, (self.draft, self.fill) = fact, twin(fact)
        self.fields: tuple[Field[Any], ...] = fields(fact)
        self.kinds = [_kind(field.name, hints[field.name]) for field in self.fields]
        self.get = itemgetter(*HEAD, *(field.name for field in self.fields))
        self.seen: set[tuple[type, ...]] = set()
        self.inner = [(n, kind.inner) for n, kind in enumerate(self.kinds) if kind.inner]
        self.outer = [n for n, kind in enumerate(self.kinds) if not kind.inner]

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

    def filled(self, values: list[Any]) -> Any:  # noqa: ANN401  any fact
        """Make the fact of checked values, in the order of its fields."""
        fact = self.draft(*values)
        fact.__class__ = self.fact
        return fact

    def learn(self, body: Mapping[str, Any], read: list[Any]) -> None:
        """Remember the types of a line in which reading changed nothing that types do not say."""
        try:
            members = self.get(body)
        except KeyError:
            return
        if all(members[len(HEAD) + place] is read[place] for place in self.outer):
            self.seen.add(tuple(map(type, members)))

    def write(self, fact: object) -> dict[str, Any]:
        """Give the members of a line, every one, in the order of the fact."""
        body = {}
        for field, kind in zip(self.fields, self.kinds, strict=True):
            value = getattr(fact, field.name)
            body[field.name] = value if kind.write is None else kind.write(value)
        return body


def _kind(name: str, hint: object) -> Kind:
    if name in COUNTS:
        return _maybe(_COUNT) if hint == int | None else _COUNT
    return _one_of(hint) if get_origin(hint) is Literal else KINDS[hint]


def default(field: Field[Any]) -> Any:  # noqa: ANN401  of any field
    """Give what a field is when nobody said it."""
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return field.default_factory()
    raise ValueError("is missing")


@cache
def shape(name: str) -> Shape | None:
    """Give the shape of a kind of fact; None for one of a newer version."""
    fact = FACTS.get(name)
    return None if fact is None else Shape(fact)
