"""The process in which a Python function runs: `python child.py module:function METRIC`.

Started by the python runner through a supervisor, like any command. What the function returns goes
to result.json; what it raises goes to standard error and exit code 1, as in any script.
"""

import inspect
import json
import os
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any


def call(function: Callable[..., object], values: Mapping[str, Any]) -> object:
    """Call `function(**values)`, or `function(values)` where it takes one mapping.

    Example:
        >>> call(lambda lr, layers=2: lr * layers, {"lr": 0.5})
        1.0
        >>> call(lambda params: params["lr"], {"lr": 0.5})
        0.5
    """
    signature = inspect.signature(function)
    try:
        signature.bind(**values)
    except TypeError as wrong:
        needed = [p for p in signature.parameters.values() if p.default is p.empty]
        takes_one = len(needed) == 1 and needed[0].kind in (
            inspect.Parameter.POSITIONAL_ONLY,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
        )
        if takes_one and needed[0].name not in values:
            return function(dict(values))
        names = ", ".join(values)
        raise TypeError(
            f"{getattr(function, '__name__', function)}{signature} cannot be called with {names}: {wrong}"
        ) from None
    return function(**values)


def numbers_of(returned: object, metric: str) -> dict[str, float]:
    """Turn what a function returned into metrics by name; nothing for None.

    Example:
        >>> (
        ...     numbers_of(0.25, "loss"),
        ...     numbers_of({"loss": 1, "epochs": 3}, "loss"),
        ...     numbers_of(None, ""),
        ... )
        ({'loss': 0.25}, {'loss': 1.0, 'epochs': 3.0}, {})
    """
    if returned is None:
        return {}
    try:
        if isinstance(returned, Mapping):
            return {str(name): float(value) for name, value in returned.items()}
        return {metric: float(returned)}  # type: ignore[arg-type]  # numbers of every library
    except (TypeError, ValueError) as wrong:
        raise TypeError(
            f"a function must return a number or a mapping of numbers, got {returned!r:.80}"
        ) from wrong


def main(target: str, metric: str) -> None:
    """Import, call, write down."""
    here = Path(__file__).resolve()
    if sys.path[:1] == [str(here.parent)]:
        del sys.path[0]  # our modules are not the user's
    sys.path.insert(0, str(Path.cwd()))
    if str(here.parents[2]) not in sys.path:
        sys.path.append(str(here.parents[2]))
    del sys.argv[1:]  # they are ours; a module that reads its arguments finds none
    wire = import_module("tuner.wire")

    values = json.loads(Path(os.environ[wire.PARAMS_FILE]).read_text(encoding="utf-8"))
    module, _, name = target.partition(":")
    function: Any = import_module(module)
    for part in name.split("."):
        function = getattr(function, part)
    numbers = numbers_of(call(function, values), metric)
    if numbers:
        safe = {name: wire.encode_number(value) for name, value in numbers.items()}
        path = Path(os.environ[wire.TRIAL_DIR]) / wire.RESULT_NAME
        draft = path.with_name(f"{path.name}.tmp")
        private = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(private, "w", encoding="utf-8") as file:
            file.write(json.dumps(safe, allow_nan=False) + "\n")
        draft.replace(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
