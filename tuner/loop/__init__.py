"""Who turns the crank: free places are filled, results written down, the end is noticed."""

from tuner.loop.clock import Clock, RealClock
from tuner.loop.interrupt import Interrupt
from tuner.loop.judge import Judge
from tuner.loop.known import Known
from tuner.loop.loop import Loop, orphans
from tuner.loop.parts import Confirm, Parts, Slots
from tuner.loop.seeds import trial_seed

__all__ = [
    "Clock",
    "Confirm",
    "Interrupt",
    "Judge",
    "Known",
    "Loop",
    "Parts",
    "RealClock",
    "Slots",
    "orphans",
    "trial_seed",
]
