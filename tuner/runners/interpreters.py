"""Which file of a command is a script: programs that are given one, and the words they are given it by. Pure."""

import re
from collections.abc import Sequence
from pathlib import PurePath

from tuner.runners.words import TemplateError, words_of

PYTHON = r"python[0-9.]*"
# Programs that are given a script, and their options that take the next word or replace the script.
INTERPRETERS = {
    PYTHON: ({"-X", "-W", "--check-hash-based-pycs"}, {"-c", "-m", "-"}),
    r"(ba|da|z|k)?sh": (set[str](), {"-c", "-s", "-"}),
    r"Rscript": (set[str](), {"-e"}),
    r"node|perl|ruby|julia": ({"-r", "-I", "-J", "--require"}, {"-e", "-E", "-p", "-"}),
}


def script_of(program: str, words: Sequence[str | None]) -> str | None:
    """Give the file that an interpreter is told to run, None where there is none to be seen.

    Args:
        program: its name, without a folder.
        words: behind it; None for one with a hole.
    """
    known = next((name for name in INTERPRETERS if re.fullmatch(name, program)), None)
    if known is None:
        return None
    (with_value, instead), left = INTERPRETERS[known], iter(words)
    for word in left:
        if word is None or word in instead:
            return None
        if not word.startswith("-"):
            return word
        if word in with_value:
            next(left, None)
    return None


def given_options(command: str | Sequence[str]) -> str | None:
    """Give the Python script that gets every parameter as an option; None for any other command.

    Example:
        >>> (
        ...     given_options("python -u train.py --fixed 1 {args}"),
        ...     given_options("python -m train {args}"),
        ... )
        ('train.py', None)
    """
    try:
        program, *words = words_of(command)
    except (TemplateError, ValueError):
        return None
    name = PurePath(program.plain or "").name
    place = next((i for i, word in enumerate(words) if word.many == "args"), None)
    if place is None or not re.fullmatch(PYTHON, name):
        return None
    return script_of(name, [word.plain for word in words[:place]])
