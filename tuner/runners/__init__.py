"""Who does the work: jobs as processes under supervisors, and places for them to work in."""

from tuner.runners.devices import Gpu, NvmlInventory, visible
from tuner.runners.secrets import mask, secret_names

__all__ = ["Gpu", "NvmlInventory", "mask", "secret_names", "visible"]
