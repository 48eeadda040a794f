"""Points to try first: held against the space, and completed where a person said nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tuner.config.explain import Explainer, listed
from tuner.config.schema import WarmStartSpec
from tuner.config.tree import BROKEN, Path
from tuner.errors import UsageError
from tuner.space import Space
from tuner.study import Value

POINTS: Path = ("warm_start", "enqueue")


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
    middles = {
        parameter.name: Space((replace(parameter, when=None),)).centre()[parameter.name]
        for parameter in space.searched
        if parameter.name not in given
    }
    try:
        point = space.point({**middles, **given})
    except UsageError as wrong:
        for line in str(wrong).splitlines():
            name, _, message = line.partition(": ")
            if message and name in given:
                say.fault((*path, name), message)
            else:
                say.fault(path, line)
        return None
    broken = space.violations(point)
    if broken:
        say.fault(path, f"does not fulfil {listed(map(repr, broken), 'and')}")
        return None
    if filled := [name for name in point if name in middles]:
        said = f"{listed(filled, 'and')} not given"
        say.notice(path, f"{said}; the default is taken, else the middle of the range")
    return point
