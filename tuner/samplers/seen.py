"""Which points have been tried, told without making a key for each of a hundred thousand trials."""

from collections.abc import Iterable

from tuner.space import Key, Point, Space


class Seen:
    """The points of a history: those that differ in one telling value need not be compared."""

    def __init__(self, space: Space, points: Iterable[Point]) -> None:
        self._space = space
        named = [(p.levels or 0, p.name) for p in space.searched if p.when is None]
        endless = [name for levels, name in named if not levels]
        self._telling = next(iter(endless), max(named)[1] if named else "")
        self._points = list(points)
        self._values = [point.get(self._telling) for point in self._points]
        self._there = set(self._values)
        self._keys: dict[object, set[Key]] = {}

    def __contains__(self, point: Point) -> bool:
        return self._space.key(point) in self._bucket(point)

    def add(self, point: Point) -> None:
        """Take one more in."""
        self._bucket(point).add(self._space.key(point))

    def _bucket(self, point: Point) -> set[Key]:
        """Give the keys of all points with the same telling value; equal points have equal ones."""
        value = point.get(self._telling)
        if value not in self._keys:
            self._keys[value] = self._keys_of(value) if value in self._there else set()
        return self._keys[value]

    def _keys_of(self, value: object) -> set[Key]:
        pairs = zip(self._values, self._points, strict=True)
        return {self._space.key(point) for other, point in pairs if other == value}
