"""What a person hears about a configuration: every mistake with its place, and the notices.

One mistake is one line: `file:line:column: path: what is wrong, what was given, what would be right`.
The sections report here; `load.py` raises what was collected.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence

from tuner.config.tree import Fault, Path, Tree, dotted
from tuner.errors import Problem

LONGEST_VALUE = 60  # characters of a given value that are shown
FEW = 12  # names that fit behind "known:"


class Explainer:
    """Collects the mistakes and notices of one configuration.

    Sections rewrite short forms before they are checked, so a value may be checked at a path where
    nobody wrote it: `moved` says where it was written, and that is what the person sees.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.notices: list[str] = []
        self._problems: dict[tuple[Path, str], Problem] = {}
        self._written: dict[Path, Path] = {}

    def fault(self, path: Path, message: str, *, key: bool = False) -> None:
        """Note a mistake in the value at `path`, or in its key."""
        path = self.written(path)
        self.found(Fault(self.tree.place(path, key=key), path, message))

    def found(self, fault: Fault) -> None:
        """Note a mistake whose place is already known."""
        where = dotted(fault.path)
        problem = Problem(
            file=one_line(fault.place.file),
            line=fault.place.line,
            column=fault.place.column,
            message=one_line(f"{where}: {fault.message}" if where else fault.message),
        )
        self._problems.setdefault((fault.path, fault.message), problem)

    def notice(self, path: Path, message: str) -> None:
        """Note something a person should know and need not change."""
        path = self.written(path)
        place = self.tree.place(path, key=True)
        line = f"{place.file}:{place.line}:{place.column}: {dotted(path)}: {message}"
        self.notices.append(one_line(line))

    def moved(self, path: Path, written: Path) -> None:
        """Say that what is checked at `path` was written at `written`."""
        self._written[path] = self.written(written)

    def written(self, path: Path) -> Path:
        """Give the path a person wrote for the path that is checked."""
        for length in range(len(path), 0, -1):
            origin = self._written.get(path[:length])
            if origin is not None:
                return (*origin, *path[length:])
        return path

    def clean(self, path: Path) -> bool:
        """Say whether nothing at or below `path` is wrong so far."""
        return not any(found[: len(path)] == path for found, _ in self._problems)

    @property
    def problems(self) -> list[Problem]:
        """All mistakes, in the order of the file."""
        return sorted(self._problems.values())


def given(value: object) -> str:
    """Say what was given, short and on one line.

    Example:
        >>> given("adam"), given(True), given(None), given([1]), given({"a": 1})
        ("'adam'", 'true', 'nothing', 'a list', 'a mapping')
    """
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "a mapping"
        case _:
            text = repr(value)
            return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def listed(names: Iterable[object], last: str = "or") -> str:
    """Join names as people do.

    Example:
        >>> listed(["a", "b", "c"])
        'a, b or c'
    """
    words = [str(name) for name in names]
    return f" {last} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Give the name that was probably meant: the same letters in another order, or most of them.

    Example:
        >>> nearest("sa", ["match", "as"]), nearest("trails", ["trials"]), nearest("x", ["as"])
        ('as', 'trials', None)
    """
    pool = list(names)
    shuffled = next((name for name in pool if sorted(name) == sorted(word)), None)
    if shuffled is not None:
        return shuffled
    lower = {name.lower(): name for name in reversed(pool)}
    close = difflib.get_close_matches(word.lower(), list(lower), n=1, cutoff=0.6)
    return lower[close[0]] if close else None


def suggestion(word: str, names: Sequence[str]) -> str:
    """End a message about an unknown word: what was probably meant, or what there is.

    Example:
        >>> suggestion("trails", ["trials", "wall"]), suggestion("x", ["trials", "wall"])
        ("did you mean 'trials'?", 'known: trials, wall')
    """
    meant = nearest(word, names)
    if meant is not None:
        return f"did you mean {meant!r}?"
    if not names:
        return "there is none"
    more = ", …" if len(names) > FEW else ""
    return f"known: {', '.join(names[:FEW])}{more}"


def one_line(text: str) -> str:
    """Keep a message on one line, whatever it quotes."""
    return " ".join(text.split()) if not text.isprintable() else text
