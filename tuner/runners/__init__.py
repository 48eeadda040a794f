"""Who does the work: jobs as processes under supervisors, and places for them to work in."""

from tuner.runners.devices import Gpu, NvmlInventory, visible

__all__ = ["Gpu", "NvmlInventory", "visible"]
