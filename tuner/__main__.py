"""`python -m tuner`, and what the `tuner` command calls."""

import sys

from tuner.errors import INTERRUPTED


def main() -> None:
    """Run the command line."""
    try:
        from tuner.cli.app import main as run  # multiprocessing imports this module in its children

        run()
    except KeyboardInterrupt:  # before anything listened for it
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
