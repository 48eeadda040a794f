"""Points to try first: held against the space, and completed where a person said nothing."""

from collections.abc import Mapping
from typing import Any

from tuner.config.explain import Explainer, listed
from tuner.config.schema import WarmStartSpec
from tuner.config.tree import BROKEN, Path
from tuner.errors import UsageError
from tuner.space import Space
from tuner.study import Value

POINTS: Path = ("warm_start", "enqueue")
FILLED = "the default is taken, else the middle of the range"


def read_points(points: list[dict[str, Any]], space: Space, say: Explainer) -> WarmStartSpec:
    """Check and complete the points, noting what is wrong with each."""
    complete: list[Mapping[str, Value]] = []
    for index, given in enumerate(points):
        path = (*POINTS, index)
        if any(value is BROKEN for value in given.values()):
            continue
        point = _complete(given, space, path, say)
        if point is not None:
            complete.append(point)
    return WarmStartSpec(enqueue=tuple(complete))


def _complete(
    given: Mapping[str, Any], space: Space, path: Path, say: Explainer
) -> dict[str, Value] | None:
    try:
        point = space.filled(given)
    except UsageError as wrong:
        for line in str(wrong).splitlines():
            name, _, message = line.partition(": ")
            if message and name in given:
                say.fault((*path, name), message)
            else:
                say.fault(path, line)
        return None
    if added := filled_in(space, given, point):
        say.notice(path, f"{listed(added, 'and')} not given; {FILLED}")
    return point


def filled_in(space: Space, given: Mapping[str, Any], point: Mapping[str, Value]) -> list[str]:
    """Name the searched parameters of a completed point that a person said nothing about."""
    return [p.name for p in space.searched if p.name in point and p.name not in given]
