"""The override grammar of Hydra, as far as sweeps use it: calls, words, quoted texts, lists. Pure.

https://hydra.cc/docs/advanced/override_grammar/extended/
"""

import re
from dataclasses import dataclass, field

from tuner.interop.values import word_of

TOKEN = re.compile(
    r"""\s*(?: (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*") | (?P<mark>[()\[\]{},])
        | (?P<word>(?:[^\s'"()\[\]{},]|(?<=\S)\ (?=[^\s'"()\[\]{},]))+) )""",
    re.VERBOSE,
)
LONGEST = 4000  # characters
DEEPEST = 10


@dataclass(frozen=True)
class Call:
    """`name(given, key=named)`."""

    name: str
    given: tuple[object, ...] = ()
    named: dict[str, object] = field(default_factory=dict)


def parse(text: str) -> object:
    """Read the value of an override: a `Call`, a scalar, a list; several with commas are a choice.

    Raises:
        ValueError: it is none.

    Example:
        >>> parse("tag(log, interval(1e-5, 0.1))")
        Call(name='tag', given=('log', Call(name='interval', given=(1e-05, 0.1), named={})), named={})
        >>> parse("adam, sgd").given
        ('adam', 'sgd')
    """
    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    parser = _Parser(_tokens(text))
    values = [parser.value(0)]
    while parser.take(","):
        values.append(parser.value(0))
    if parser.at < len(parser.tokens):
        raise ValueError(f"{parser.tokens[parser.at]!r} was not expected in {text!r}")
    return values[0] if len(values) == 1 else Call("choice", tuple(values))


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"{text!r} cannot be read from {text[at : at + 10]!r} on")
        found.append(match[match.lastgroup or 0])
        at = match.end()
    return found


class _Parser:
    """Recursive descent; `depth` is handed down so that hostile nesting ends early."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def take(self, mark: str) -> bool:
        """Step over a token if it is this one."""
        here = self.at < len(self.tokens) and self.tokens[self.at] == mark
        self.at += here
        return here

    def value(self, depth: int) -> object:
        if depth > DEEPEST:
            raise ValueError("is nested too deeply")
        if self.at >= len(self.tokens):
            raise ValueError("ends too early")
        piece = self.tokens[self.at]
        self.at += 1
        if piece == "[":
            return self.items("]", depth)[0]
        if piece[0] in "'\"":
            return re.sub(r"\\(.)", r"\1", piece[1:-1])
        if piece in "()[]{},":
            raise ValueError(f"{piece!r} was not expected")
        if self.take("("):
            given, named = self.items(")", depth)
            return Call(piece, tuple(given), named)
        return word_of(piece)

    def items(self, end: str, depth: int) -> tuple[list[object], dict[str, object]]:
        given: list[object] = []
        named: dict[str, object] = {}
        while not self.take(end):
            key, equals, rest = self.named()
            if equals:
                self.tokens[self.at] = rest
                if not rest:
                    self.at += 1
                named[key] = self.value(depth + 1)
            else:
                given.append(self.value(depth + 1))
            if not self.take(",") and (self.at >= len(self.tokens) or self.tokens[self.at] != end):
                raise ValueError(f"a {end!r} is missing")
        return given, named

    def named(self) -> tuple[str, str, str]:
        """Part `key=value` where an argument begins so."""
        token = self.tokens[self.at] if self.at < len(self.tokens) else ""
        return token.partition("=") if re.match(r"[a-z_]+=", token) else ("", "", "")
