"""The benchmark's scripts import their siblings by name: so do their tests."""

import sys
from pathlib import Path

SEARCH = str(Path(__file__).parents[2] / "benchmarks" / "search")
if SEARCH not in sys.path:
    sys.path.insert(0, SEARCH)
