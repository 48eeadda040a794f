"""`python -m tuner`, and what the `tuner` command calls."""

import atexit
import gc
import sys

from tuner.errors import INTERRUPTED


def main() -> None:
    """Run the command line."""
    atexit.register(gc.freeze)  # or every trial of a study is looked through on the way out
    try:
        from tuner.cli.app import main as run  # multiprocessing imports this module in its children

        run()
    except KeyboardInterrupt:  # before anything listened for it
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
