"""The language of `runner.command`: what its holes mean, and how they are filled. Pure.

`{lr}` is a hole, `{{` and `}}` are braces. A word that is exactly `{args}` or `{args.hydra}` becomes
several arguments; any other hole is a part of the argument it stands in, whatever its value. A hole
without a value (null, or a parameter that is not alive) takes its word away, and with it an option
that stands alone in front: `--momentum {momentum}` leaves nothing behind.

Without a shell the text is split into words as a shell would, and never sees one. For a shell each
value is quoted. Used by `command.py` to fill, and through `spec.py` by the configuration to check.
"""

import shlex
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

from tuner.runners.shell_words import shell_words
from tuner.runners.words import MANY, Gap, Hole, TemplateError, Word, words_of

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

Look = Callable[[str], str | None]
LookMany = Callable[[str], list[str]]


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


def pieces_of(command: str | Sequence[str], *, shell: bool = False) -> Sequence[Word | Gap]:
    """Read a command. Raises TemplateError where it cannot be read."""
    if not shell:
        return words_of(command)
    if not isinstance(command, str):
        raise TemplateError("must be one text for a shell, got a list")
    return shell_words(command)


def holes_of(command: str | Sequence[str], *, shell: bool = False) -> list[tuple[Word, Hole]]:
    """Give every hole with the word that it stands in."""
    words = [piece for piece in pieces_of(command, shell=shell) if isinstance(piece, Word)]
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
    command: str | Sequence[str], names: Iterable[str], *, shell: bool = False
) -> list[str]:
    """Give every mistake of a command, given the names of the parameters.

    Example:
        >>> check_template("python train.py --layers={layer}", ["lr", "layers"])
        ["{layer}: there is no such parameter, did you mean 'layers'?"]
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
            problems.append(
                f"{{{hole.name}}}: stands for several arguments, so it must stand alone"
            )
    return list(dict.fromkeys(problems))


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
