"""Hyperparameter tuning from the shell: YAML in, any command, a modern GP inside, plain files out.

The public names are resolved on first use (PEP 562), so that `from tuner import report` in a
training script costs the standard library only.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuner.api import Study
    from tuner.errors import TunerError
    from tuner.objective import checkpoint_dir, params, report
    from tuner.study import Trial

HOMES = {
    "Study": "tuner.api",
    "Trial": "tuner.study",
    "TunerError": "tuner.errors",
    "checkpoint_dir": "tuner.objective",
    "params": "tuner.objective",
    "report": "tuner.objective",
}

__all__ = ["Study", "Trial", "TunerError", "checkpoint_dir", "params", "report"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Import the home of a public name when it is first asked for."""
    if name not in HOMES:
        raise AttributeError(f"module 'tuner' has no attribute {name!r}")
    value = getattr(import_module(HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return [*__all__, "__version__"]
