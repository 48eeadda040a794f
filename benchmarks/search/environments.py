"""Each tool's own environment, made on first use with pinned versions.

They lie outside the repository: in the cache folder, or where `--envs` says. Needs the standard
library only, since it runs where numpy may not be. torch goes first where a
tool needs it, so that its build (CPU or CUDA) is the machine's choice and not a dependency's.
"""

import os
import subprocess
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
COCO = "coco-experiment==2.8.2"  # for the group mixint; a tool that cannot have it skips that group
TORCH = ["torch==2.13.0"]
HEBO = [
    "numpy==1.24.4",
    "pandas==2.0.3",
    "scipy==1.11.4",
    "scikit-learn==1.3.2",
    "pymoo==0.6.0",
    "gpytorch==1.13",
    "linear_operator==0.5.3",
    "GPy==1.13.2",
    "catboost",
    "disjoint-set",
    "HEBO==0.3.6",
]

# Steps of pip, in this order.
STEPS: dict[str, list[list[str]]] = {
    "base": [["numpy==2.4.6", "scipy"]],
    "tuner": [TORCH, ["-c", f"{ROOT}/.ci/constraints.txt", "-e", str(ROOT)]],
    "optuna": [TORCH, ["optuna==5.0.0", "scipy"]],
    "ax": [TORCH, ["ax-platform==1.3.1"]],
    "botorch": [TORCH, ["botorch==0.18.1"]],
    "bayesopt": [["bayesian-optimization==3.4.0"]],
    "skopt": [["scikit-optimize==0.10.2"]],
    "smac": [["smac==2.4.1"]],
    "hebo": [TORCH, HEBO],
}


def cache_folder() -> Path:
    """Give the folder for what is made once and kept outside the repository."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tuner-benchmarks"


def environment_of(tool: str) -> str:
    """Name a tool's environment.

    Example:
        >>> environment_of("optuna-gp"), environment_of("tuner:engine=botorch")
        ('optuna', 'tuner')
    """
    name = tool.split(":", 1)[0].split("-", 1)[0]
    return "base" if name in {"random", "sobol"} else name


def python_of(name: str, folder: Path) -> Path:
    """Give the interpreter of an environment; make it if it is not there or not as pinned."""
    home = folder.resolve() / name
    python, ready = home / "bin" / "python", home / "ready.txt"
    asked = repr([*STEPS[name], COCO])
    if ready.exists() and ready.read_text(encoding="utf-8") == asked:
        return python
    print(f"making the environment of {name} in {home}", flush=True)
    venv.create(home, with_pip=True)
    for step in STEPS[name]:
        subprocess.run([python, "-m", "pip", "install", "-q", *step], check=True)
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", COCO], check=False)
    ready.write_text(asked, encoding="utf-8")
    return python
