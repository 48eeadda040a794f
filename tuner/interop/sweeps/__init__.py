"""Searches as other tools are asked for them, in the words of our own configuration.

One file reads one tool's dialect and gives a `Sweep`; `read_sweep` tells by the content whose it is.
What has no counterpart here comes as the nearest there is, with a note that says so. Values in, values
out: files are read by whoever calls.
"""

from tuner.interop.sweeps.base import Setting, Sweep
from tuner.interop.sweeps.recognise import SWEEPS, read_sweep, read_words

__all__ = ["SWEEPS", "Setting", "Sweep", "read_sweep", "read_words"]
