"""The YAML language: a file or a dictionary becomes one frozen `StudyConfig`, or all its mistakes.

`reader` makes a tree of values with places, `study` reads it section by section with the rooms' own
specs, `explain` collects what is wrong, `plain` writes the normalised form that ledgers keep.
"""

from tuner.config.crosscheck import unfit
from tuner.config.load import load_config, read_config, read_memory, read_value
from tuner.config.older import read_older
from tuner.config.plain import config_hash, diff
from tuner.config.schema import ConfirmSpec, CostSpec, StudyConfig, WarmStartSpec
from tuner.config.warmstart import FILLED, filled_in

__all__ = [
    "FILLED",
    "ConfirmSpec",
    "CostSpec",
    "StudyConfig",
    "WarmStartSpec",
    "config_hash",
    "diff",
    "filled_in",
    "load_config",
    "read_config",
    "read_memory",
    "read_older",
    "read_value",
    "unfit",
]
