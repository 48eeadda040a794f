"""What a page may ask of a study, carried out by the code of the verbs of the same name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuner.assemble import Desk, steering, visit
from tuner.errors import UsageError

ACTS = ("stop", "stop_now", "end", "retry", "enqueue", "note", "mark")
LONGEST = 2000  # characters of a note or a tag


def act(folder: Path, name: str, asked: Mapping[str, Any]) -> str:
    """Do one of ACTS to the study in a folder; give a line for a person.

    Raises:
        UsageError: it cannot be done, with the reason.
    """
    opening = visit(folder)
    try:
        match name:
            case "stop" | "stop_now":
                return steering.stop(opening, now=name == "stop_now")
            case "end":
                with opening.book.turn():
                    return "; ".join(steering.end(opening, _number(asked)))
            case "retry":
                with opening.book.turn():
                    return "; ".join(steering.retry(opening, _number(asked)))
            case "enqueue":
                desk = Desk(opening, stays=False)
                return "; ".join(steering.enqueue(desk, _values(asked)))
            case "note":
                return steering.mark(opening.book, _number(asked), [], _text(asked))
            case "mark":
                return steering.mark(opening.book, _number(asked), [_text(asked)], None)
            case _:
                raise UsageError(f"the dashboard can {', '.join(ACTS)}")
    finally:
        opening.close("")


def _number(asked: Mapping[str, Any]) -> int:
    number = asked.get("trial")
    if type(number) is not int:
        raise UsageError("which trial? give its id")
    return number


def _text(asked: Mapping[str, Any]) -> str:
    text = asked.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        raise UsageError(f"give a text of at most {LONGEST} characters")
    return text.strip()


def _values(asked: Mapping[str, Any]) -> dict[str, str]:
    values = asked.get("values")
    if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
        raise UsageError("give values as texts by the names of their parameters")
    return {str(name): text for name, text in values.items() if text.strip()}
