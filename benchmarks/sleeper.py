"""The job of `slots.py`: sleeps, prints a number, and notes when it began and ended."""

import os
import sys
import time

began = time.time_ns()
x, y, seconds = map(float, sys.argv[1:])
time.sleep(seconds)
print(f"loss={(x - 0.3) ** 2 + (y - 0.6) ** 2:.6f}", flush=True)
with open(os.environ["TUNER_TRIAL_DIR"] + "/stamps", "w", encoding="ascii") as file:  # noqa: PTH123  cheap
    file.write(f"{began} {time.time_ns()}")
