"""Train every model of every table, and write what came out.

    python benchmarks/search/make_tables.py [--only svm_digits …]

Tables that are there are left as they are, so it can be interrupted. All 35 take half an hour
of one core. Needs scikit-learn, torch, pandas and the data that `table_data.py` names. The tables
to tune on come first.
"""

import argparse
import json
import os
import time
import warnings
import zipfile
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: what is trained is small

import numpy as np
import table_models as models
from table_data import Data, load_data
from table_network import EPOCHS, network_space, train_networks
from tables import CONFIRM, FOLDER, TUNE, Config, Space, grid

SPACES = {
    "svm": models.svm_space,
    "forest": models.forest_space,
    "boosting": models.boosting_space,
    "network": network_space,
    "knn": models.knn_space,
}
TRAIN = {
    "svm": models.train_svm,
    "forest": models.train_forest,
    "boosting": models.train_boosting,
    "knn": models.train_knn,
}


def space_and_nodes(family: str, data: Data) -> tuple[Space, dict[str, list[float]]]:
    """Split what a family says of its numbers into their ranges and their nodes."""
    space = SPACES[family](data)
    nodes = {name: p.pop("nodes") for name, p in space.items() if "nodes" in p}
    return space, nodes


def steps(family: str, data: Data) -> tuple[str, list[int]]:
    """Say in what a training is counted, and where its metric was taken."""
    match family:
        case "network":
            return "epochs", EPOCHS
        case "forest":
            return "trees", models.TREES
        case "boosting":
            return "rounds", models.rounds(data)
    return "trainings", [1]


def train(family: str, data: Data, configs: list[Config]) -> np.ndarray:
    """Train every configuration; give (n, steps)."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # no convergence, overflow: part of what is measured
        if family == "network":
            return train_networks(data, configs)
        return np.array([TRAIN[family](data, config) for config in configs])


def make(name: str) -> dict[str, Any]:
    """Train all nodes of one table and describe them."""
    family, source = name.split("_")
    data = load_data(source)
    space, nodes = space_and_nodes(family, data)
    since = time.process_time()
    values = train(family, data, list(grid(space, nodes)))
    unit, taken = steps(family, data)
    about = {
        "space": space,
        "nodes": nodes,
        "metric": "log-loss" if data.classify else "rmse / sd",
        "unit": unit,
        "rows": [len(data.X), len(data.X_valid)],
        "columns": data.X.shape[1],
        "outputs": data.Y.shape[1],
        "seconds": round(time.process_time() - since, 1),
    }
    return {
        "about": np.array(json.dumps(about)),
        "steps": np.array(taken, dtype=np.int32),
        "values": rounded(values),
    }


def rounded(values: np.ndarray) -> np.ndarray:
    """Keep 16 bits of each number, a relative error of 1e-5: a third less to store."""
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + np.uint32(64)) & np.uint32(0xFFFFFF80)).view(np.float32)


def save(path: Path, arrays: dict[str, Any]) -> None:
    """Write a file at once or not at all, packed as small as zip can and without a date."""
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for key, array in arrays.items():
            entry = zipfile.ZipInfo(f"{key}.npy")
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w") as file:
                np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)
    part.replace(path)


def main() -> None:
    """Make the tables that are missing."""
    names = TUNE + CONFIRM
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="TABLE")
    FOLDER.mkdir(exist_ok=True)
    for name in parser.parse_args().only:
        path = FOLDER / f"{name}.npz"
        if path.exists():
            continue
        arrays = make(name)
        save(path, arrays)
        final, seconds = arrays["values"][:, -1], json.loads(str(arrays["about"]))["seconds"]
        print(
            f"{name}: {len(final)} trainings in {seconds:.0f} s, {final.min():.3f} … "
            f"{final.max():.3f}, {path.stat().st_size / 1000:.0f} kB",
            flush=True,
        )


if __name__ == "__main__":
    main()
