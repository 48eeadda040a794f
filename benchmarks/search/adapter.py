"""What every tool looks like to the harness, and the translation that most of them need.

An adapter says `setup`, `suggest`, `observe` and, for replayed histories, `replay`, all in terms of its
`native` space: the problem's space, where

  * conditions are dropped unless the tool knows them (`knows_conditions`): it then gets all
    parameters, and those that are dead are left out of what is evaluated;
  * an ordered category becomes an int, the index of its level, unless the tool knows ordered
    choices (`knows_order`);
  * the choices of an unordered category are strings.

Libraries are imported when an adapter is set up, so that every environment needs its own tool alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import numpy as np
from spaces import Config, Space, Spec, Value, flat, integer, prune

Asked = tuple[Any, Config]  # the tool's own key to a trial, and what to evaluate


class Tool(ABC):
    """A tool that suggests configurations and is told their losses, which it minimises.

    Attributes:
        pending_ok: the tool takes several outstanding suggestions into account.
    """

    pending_ok = False
    knows_conditions = False
    knows_order = False

    def __init__(self, space: Space, seed: int, budget: int, workers: int = 1) -> None:
        self.given, self.seed, self.budget, self.workers = space, seed, budget, workers
        self.native: Space = {}
        for name, spec in (space if self.knows_conditions else flat(space)).items():
            self.native[name] = self._translate(spec)
        self.setup()

    def ask(self) -> Asked:
        """Give the next trial."""
        key, values = self.suggest()
        return key, self._read(values)

    def ask_many(self, count: int) -> list[Asked]:
        """Give several trials at once."""
        return [self.ask() for _ in range(count)]

    def tell(self, key: Any, config: Config, y: float) -> None:  # noqa: ANN401
        """Say what a trial measured."""
        self.observe(key, self._write(config), y)

    def add(self, config: Config, y: float) -> None:
        """Take in a trial that the tool did not suggest; no parameter of it is dead."""
        self.replay(self._write(config), y)

    def add_many(self, rows: Iterable[tuple[Config, float]]) -> None:
        """Take in many such trials."""
        for config, y in rows:
            self.add(config, y)

    def recommend(self) -> Config | None:
        """Give the config that is best as far as the tool can tell, if it says more than what was lowest."""
        return None

    def setup(self) -> None:  # noqa: B027  some need none
        """Import the library, describe `native` to it."""

    @abstractmethod
    def suggest(self) -> tuple[Any, dict[str, Any]]:
        """Give the tool's key and native values, of whatever numeric types."""

    def observe(self, key: Any, values: Config, y: float) -> None:  # noqa: ANN401, B027
        """Tell the tool; `values` are native, without the dead ones."""

    def replay(self, values: Config, y: float) -> None:  # noqa: B027
        """Tell the tool of a trial that it does not know."""

    def _translate(self, spec: Spec) -> Spec:
        """Say a specification natively."""
        new = dict(spec)
        if self._is_index(spec):
            new = integer(0, len(spec["choices"]) - 1)
        elif spec["t"] == "cat" and not spec["ordered"]:
            new["choices"] = [str(value) for value in spec["choices"]]
        if "when" in spec and self.knows_conditions:
            parent, values = spec["when"]
            new["when"] = [parent, [self._native_value(parent, value) for value in values]]
        return new

    def _is_index(self, spec: Spec) -> bool:
        return spec["t"] == "cat" and spec["ordered"] and not self.knows_order

    def _native_value(self, name: str, value: Value) -> Value:
        spec = self.given[name]
        if self._is_index(spec):
            return spec["choices"].index(value)
        return str(value) if spec["t"] == "cat" and not spec["ordered"] else value

    def _write(self, config: Config) -> Config:
        """Say a config natively."""
        return {name: self._native_value(name, value) for name, value in config.items()}

    def _read(self, values: dict[str, Any]) -> Config:
        """Turn native values into a config of the problem: plain types, inside, without the dead."""
        config: Config = {}
        for name, value in values.items():
            spec = self.given[name]
            if self._is_index(spec):
                config[name] = spec["choices"][int(value)]
            elif spec["t"] == "cat":
                config[name] = spec["choices"][self.native[name]["choices"].index(plain(value))]
            elif spec["t"] == "int":
                config[name] = min(max(round(float(value)), spec["lo"]), spec["hi"])
            else:
                config[name] = min(max(float(value), spec["lo"]), spec["hi"])
        return prune(self.given, config)


def plain(value: Any) -> Value:  # noqa: ANN401
    """Turn what numpy made of a choice back into Python's own; strings of numpy are str already."""
    if isinstance(value, str):
        return str(value)
    return value.item() if isinstance(value, np.generic) else value
