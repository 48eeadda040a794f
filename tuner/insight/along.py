"""What is expected along one parameter, and over two: lines and maps through a point."""

import numpy as np

from tuner.dataset import Floats
from tuner.errors import UsageError
from tuner.insight.base import Contour, Level, Slice
from tuner.insight.ground import Ground
from tuner.space.parameter import Bool, Choice, Float, Int, Searched
from tuner.space.scale import scale_of
from tuner.study import Point
from tuner.study.foretold import NORMAL_95

MAP = 25
"""Values of either parameter of a map."""


def slices_of(ground: Ground, at: Point, levels: int) -> tuple[Slice, ...]:
    """Give what is expected along every parameter that is alive at a point, the others held there."""
    lines = _lines(ground, at, levels)
    if not lines:
        return ()
    rows = ground.region.encoding.encode([point for _, _, points in lines for point in points])
    mean, sd = ground.believed(rows)
    found, start = [], 0
    for parameter, values, _ in lines:
        part = slice(start, start + len(values))
        start += len(values)
        centre, low, high = _band(ground, mean[part], sd[part])
        found.append(
            Slice(
                name=parameter.name,
                at=at,
                levels=tuple(values),
                log=is_log(parameter),
                mean=centre,
                low=low,
                high=high,
            )
        )
    return tuple(found)


def varying(ground: Ground, at: Point, levels: int) -> tuple[str, ...]:
    """Name the parameters that `slices_of` has a line of."""
    return tuple(parameter.name for parameter, _, _ in _lines(ground, at, levels))


def contour_of(ground: Ground, a: str, b: str, at: Point) -> Contour:
    """Give what is expected over two numbers, the others held at a point.

    Raises:
        UsageError: one of them is no number, or not alive there.
    """
    x, y = (_number(ground, name, at) for name in (a, b))
    if a == b:
        raise UsageError(f"a map needs two parameters, got {a} twice")
    xs, ys = (_numbers(parameter, MAP) for parameter in (x, y))
    whole = _whole(ground, at)
    points = [ground.space.trim({**whole, a: vx, b: vy}) for vy in ys for vx in xs]
    mean, sd = ground.believed(ground.region.encoding.encode(points))
    with np.errstate(over="ignore"):
        width = ground.form.scale.slope(mean) * sd
    shape = (len(ys), len(xs))
    return Contour(
        x=a,
        y=b,
        at=at,
        xs=tuple(map(float, xs)),
        ys=tuple(map(float, ys)),
        log_x=is_log(x),
        log_y=is_log(y),
        mean=ground.raw(mean).reshape(shape),
        sd=width.reshape(shape),
    )


def is_log(parameter: Searched) -> bool:
    """Say whether a parameter is a number on a log scale."""
    return isinstance(parameter, Float | Int) and parameter.log


def _band(ground: Ground, mean: Floats, sd: Floats) -> tuple[Floats, Floats, Floats]:
    """Give mean and the ends of the 95 % interval, in the metric's units."""
    ends = [ground.raw(mean + side * NORMAL_95 * sd) for side in (-1, 1)]
    return ground.raw(mean), np.minimum(*ends), np.maximum(*ends)


def _lines(
    ground: Ground, at: Point, levels: int
) -> list[tuple[Searched, list[Level], list[Point]]]:
    """Give the parameters that are alive at a point and can be more than one thing, with their lines."""
    found = [(p, *_line(ground, at, p, levels)) for p in ground.space.searched if p.name in at]
    return [line for line in found if len(line[1]) > 1]


def _line(
    ground: Ground, at: Point, parameter: Searched, levels: int
) -> tuple[list[Level], list[Point]]:
    """Give the values of a parameter with the points that have them, those that break a rule left out."""
    values: tuple[Level, ...]
    match parameter:
        case Float() | Int():
            values = tuple(_numbers(parameter, levels))
        case Choice() | Bool():
            values = parameter.values
    whole = _whole(ground, at)
    points: list[Point] = [ground.space.trim({**whole, parameter.name: value}) for value in values]
    if ground.space.require:
        pairs = [
            pair
            for pair in zip(values, points, strict=True)
            if not ground.space.violations(pair[1])
        ]
        return [value for value, _ in pairs], [point for _, point in pairs]
    return list(values), points


def _numbers(parameter: Float | Int, levels: int) -> list[float | int]:
    """Give numbers from bound to bound, evenly on the parameter's scale; zero where it is off the range.

    A zero beside a range on a log scale has no place on its axis and is left out.
    """
    scale = scale_of(parameter)
    values = scale.values(np.linspace(0.0, 1.0, levels))
    found = list(dict.fromkeys(value for value in values if isinstance(value, int | float)))
    return [0, *found] if parameter.or_zero and not parameter.log and 0 not in found else found


def _whole(ground: Ground, at: Point) -> Point:
    """Give a point with all that may come to life when one of its values changes, in its middle."""
    return {**ground.space.middles(), **at}


def _number(ground: Ground, name: str, at: Point) -> Float | Int:
    parameter = next((p for p in ground.space.searched if p.name == name), None)
    if not isinstance(parameter, Float | Int):
        raise UsageError(f"{name}: a map is of two numbers that are searched")
    if name not in at:
        raise UsageError(f"{name}: is not alive at this point", hint="choose another point")
    return parameter
