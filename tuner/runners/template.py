"""The language of `runner.command`: words, and the holes in them that values fill. Pure.

`{lr}` is a hole, `{{` and `}}` are braces. A word that is exactly `{args}` or `{args.hydra}` becomes
several arguments; any other hole is a part of the argument it stands in, whatever its value. A hole
without a value (null, or a parameter that is not alive) takes its word away, and with it an option
that stands alone in front: `--momentum {momentum}` leaves nothing behind.

Without a shell the text is split into words as a shell would, and never sees one. For a shell each
value is quoted, so a hole must stand where quotes work: not inside quotes, backticks, comments,
arithmetic or behind `<<`. Elsewhere quoting could be undone by the value itself.

Used by `command.py` to fill, and through `spec.py` by the configuration to check.
"""

import re
import shlex
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

MANY = frozenset({"args", "args.hydra"})
PLACES = frozenset(
    {
        *MANY,
        "args.json",
        "args.json_file",
        "params_file",
        "trial.id",
        "trial.dir",
        "trial.seed",
        "trial.attempt",
        "trial.checkpoint",
        "study.name",
        "study.dir",
    }
)


class TemplateError(ValueError):
    """A command that cannot be read."""


@dataclass(frozen=True)
class Hole:
    """A place for a value."""

    name: str


@dataclass(frozen=True)
class Word:
    """One argument to be, or several for a lone `{args}`."""

    parts: tuple[str | Hole, ...]

    @property
    def many(self) -> str | None:
        """The name of the hole that becomes several arguments, if this word is one."""
        match self.parts:
            case (Hole(name=name),) if name in MANY:
                return name
        return None

    @property
    def bare_option(self) -> bool:
        """An option whose value is the next word, as in `--momentum {momentum}`."""
        match self.parts:
            case (str() as text,):
                return text.startswith("-") and text.strip("-") != "" and "=" not in text
        return False


@dataclass(frozen=True)
class Gap:
    """What stands between the words of a shell command: blanks, operators, comments."""

    text: str


Look = Callable[[str], str | None]
LookMany = Callable[[str], list[str]]

PIECE = re.compile(
    r"""(?P<open>\{\{) | (?P<close>\}\}) | (?P<dollar>\$?)\{(?P<name>[^\W\d][\w.-]*)\}
      | (?P<brace>\{) | (?P<text>[^{}$]+ | \$ | \})""",
    re.VERBOSE,
)


def words_of(command: str | Sequence[str]) -> list[Word]:
    """Split a command that no shell will see.

    Example:
        >>> words_of("train.py --lr={lr} 'a {{b}}'")[1:]
        [Word(parts=('--lr=', Hole(name='lr'))), Word(parts=('a {b}',))]
    """
    try:
        texts = shlex.split(command) if isinstance(command, str) else list(command)
    except ValueError as wrong:
        raise TemplateError(f"cannot be split into words: {wrong}") from wrong
    return [Word(_parts(text)) for text in texts]


def _parts(text: str) -> tuple[str | Hole, ...]:
    parts: list[str | Hole] = []
    for piece in PIECE.finditer(text):
        name = piece["name"]
        if piece["brace"]:
            raise TemplateError(f"{text!r}: a brace that opens nothing; write {{{{ for a plain one")
        if name and piece["dollar"]:
            raise TemplateError(f"${{{name}}}: no shell reads this command; write {{{name}}}")
        if name:
            parts.append(Hole(name))
        else:
            _add(parts, {"{{": "{", "}}": "}"}.get(piece[0], piece[0]))
    return tuple(parts) or ("",)


def _add(parts: list[str | Hole], text: str) -> None:
    if parts and isinstance(parts[-1], str):
        parts[-1] += text
    else:
        parts.append(text)


def fill(words: Sequence[Word], look: Look, look_many: LookMany) -> list[str]:
    """Give the arguments.

    Example:
        >>> values = {"lr": "0.1", "m": None}
        >>> fill(words_of("t --lr {lr} --m {m} -n={m} end"), values.get, lambda name: [])
        ['t', '--lr', '0.1', 'end']
    """
    out: list[str] = []
    for place, word in enumerate(words):
        if word.many:
            out += look_many(word.many)
            continue
        text = filled(word, look)
        if text is not None:
            out.append(text)
        elif place and words[place - 1].bare_option:
            out.pop()
    return out


def filled(word: Word, look: Look) -> str | None:
    """Give one word with its holes filled; None when one of them has no value."""
    texts = [look(part.name) if isinstance(part, Hole) else part for part in word.parts]
    return None if None in texts else "".join(text for text in texts if text is not None)


def holes_of(command: str | Sequence[str], *, shell: bool = False) -> list[tuple[Word, Hole]]:
    """Give every hole with the word that it stands in."""
    from_shell = shell and isinstance(command, str)
    pieces: Sequence[Word | Gap] = shell_words(command) if from_shell else words_of(command)
    words = [piece for piece in pieces if isinstance(piece, Word)]
    return [(word, part) for word in words for part in word.parts if isinstance(part, Hole)]


def template_names(command: str | Sequence[str], *, shell: bool = False) -> set[str]:
    """Give the names of all holes of a command, empty where it cannot be read.

    Example:
        >>> sorted(template_names("python train.py {args} --out {trial.dir}"))
        ['args', 'trial.dir']
    """
    try:
        return {hole.name for _, hole in holes_of(command, shell=shell)}
    except TemplateError:
        return set()


def check_template(
    command: str | Sequence[str], names: Collection[str], *, shell: bool = False
) -> list[str]:
    """Give every mistake of a command, given the names of the parameters.

    Example:
        >>> check_template("python train.py --lr={lt}", ["lr", "layers"])
        ["{lt}: there is no such parameter, did you mean 'lr'?"]
    """
    try:
        holes = holes_of(command, shell=shell)
    except TemplateError as wrong:
        return [str(wrong)]
    problems = []
    known = PLACES.union(names)
    for word, hole in holes:
        if hole.name not in known:
            near = get_close_matches(hole.name, known, n=1)
            advice = f"did you mean {near[0]!r}?" if near else "write {{ for a plain brace"
            problems.append(f"{{{hole.name}}}: there is no such parameter, {advice}")
        elif hole.name in MANY and not word.many:
            problems.append(f"{{{hole.name}}}: stands for several arguments, so it must stand alone")
    return list(dict.fromkeys(problems))


# -- for a shell --------------------------------------------------------------------------------

TOKEN = re.compile(
    r"""\\. | \$\{ | \$' | \{\{ | \}\} | \{[^\W\d][\w.-]*\} | \(\( | \)\) | <<
      | [^\\{}$'"`#\s;|&()<>]+ | .""",
    re.VERBOSE | re.DOTALL,
)
GAPS = frozenset((*" \t\n;|&()<>", "))"))
QUOTES = ("'", '"', "`")
OUTSIDE = {
    "'": "inside quotes: take the quotes away, every value is quoted for you",
    '"': "inside quotes: take the quotes away, every value is quoted for you",
    "`": "inside backticks: write $(…)",
    "#": "inside a comment",
    "((": "inside arithmetic, where values are run: compute with `derive` instead",
    "<<": "behind <<, where quotes do not work: use {params_file}",
}


class ShellReader:
    """Splits a shell command into words and what stands between them, one token at a time."""

    def __init__(self) -> None:
        self.pieces: list[Word | Gap] = []
        self.parts: list[str | Hole] = []
        self.inside = ""  # a key of OUTSIDE
        self.depth = 0  # of ${…}

    def read(self, text: str) -> list[Word | Gap]:
        """Split all of it."""
        place = 0
        while match := TOKEN.match(text, place):
            token = match[0]
            if token[0] == "\\" and self.inside == "'":
                token = "\\"  # nothing is escaped there
            if token == "}}" and self.depth:
                token = "}"
            place += len(token)
            self.take(token)
        self.end_word()
        if self.inside in QUOTES:
            raise TemplateError(f"cannot be split into words: no closing {self.inside}")
        return self.pieces

    def take(self, token: str) -> None:
        """Take in one token."""
        if token in ("{{", "}}"):
            _add(self.parts, token[0])
        elif token == "}" and self.depth:
            self.depth -= 1
            _add(self.parts, token)
        elif token == "{":
            raise TemplateError("a brace that opens nothing; write {{ for a plain one")
        elif token[0] == "{":
            self.hole(token[1:-1])
        elif token in GAPS and not self.inside:
            self.end_word()
            self.pieces.append(Gap(token))
        else:
            self.follow(token)

    def hole(self, name: str) -> None:
        """Take in a hole, where a value may stand."""
        if self.inside:
            raise TemplateError(f"{{{name}}}: stands {OUTSIDE[self.inside]}")
        self.parts.append(Hole(name))

    def follow(self, token: str) -> None:
        """Follow quotes, comments, arithmetic and here-documents in and out."""
        if token == "$'":
            raise TemplateError("$'…': not every shell knows these quotes; write '…'")
        if token == "${" and self.inside in ("", '"'):
            self.depth += 1
        closes = {"#": "\n", "((": "))", "<<": ""}.get(self.inside, self.inside)
        opens = token in OUTSIDE and (token != "#" or not self.parts)
        _add(self.parts, token)
        if self.inside:
            self.inside = "" if token == closes else self.inside
            if token == "\n" and not self.inside:
                self.end_word()
        elif opens:
            self.inside = token

    def end_word(self) -> None:
        """Close the word that was being read."""
        if self.parts:
            self.pieces.append(Word(tuple(self.parts)))
            self.parts = []


def shell_words(text: str) -> list[Word | Gap]:
    """Split a command for a shell, for filling.

    Example:
        >>> shell_words("cd /x && t {lr} > '{{}}'")[-5:-2]
        [Word(parts=(Hole(name='lr'),)), Gap(text=' '), Gap(text='>')]
    """
    return ShellReader().read(text)


def fill_shell(pieces: Sequence[Word | Gap], look: Look, look_many: LookMany) -> str:
    r"""Give the text for `sh -c`, every value quoted.

    Example:
        >>> fill_shell(shell_words("t {x} | tee {x}"), lambda name: "a; b", lambda name: [])
        "t 'a; b' | tee 'a; b'"
    """

    def quoted(name: str) -> str | None:
        value = look(name)
        return None if value is None else shlex.quote(value)

    out: list[str] = []
    option: int | None = None  # where an option that waits for its value was written
    for piece in pieces:
        if isinstance(piece, Gap):
            option = option if piece.text.isspace() else None
            out.append(piece.text)
            continue
        many = piece.many
        text = shlex.join(look_many(many)) if many else filled(piece, quoted)
        if text is None and option is not None:
            out[option] = ""
        option = len(out) if piece.bare_option else None
        out.append(text or "")
    return "".join(out)
