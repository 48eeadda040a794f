"""`python -m tuner`, and what the `tuner` command calls."""


def main() -> None:
    """Run the command line."""
    from tuner.cli.app import main as run  # multiprocessing imports this module in its children

    run()


if __name__ == "__main__":
    main()
