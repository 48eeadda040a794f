"""What was asked for becomes a sampler: the one place that knows them all."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, assert_never

from tuner.custom import Custom, found
from tuner.errors import UsageError
from tuner.samplers.base import Opinion, Sampler
from tuner.samplers.believed import Belief, believed_point
from tuner.samplers.custom import CustomSampler
from tuner.samplers.distinct import Distinct
from tuner.samplers.grid import GridSampler
from tuner.samplers.late import Heavy, Late
from tuner.samplers.seeds import Array as Rows
from tuner.samplers.seeds import Seeds, incumbents
from tuner.samplers.sequence import Ladder, Sequence
from tuner.samplers.sobol import SobolSampler
from tuner.samplers.spec import CLOSED, SearchSpec
from tuner.samplers.uniform import UniformSampler
from tuner.space import Point, Space
from tuner.study import History

if TYPE_CHECKING:
    from tuner.samplers.optuna import OptunaSampler
    from tuner.surrogates.make import Relations

__all__ = [
    "check_modes",
    "check_sampler",
    "incumbents",
    "initial_points",
    "make_sampler",
    "metrics_of",
    "posterior_of",
    "relations_of",
]

LABORATORY = ("torch", "gpytorch", "botorch")
FEWEST, USUAL, MOST = 2, 5, 8
MANY, PER_FURTHER = 10, 5

TASKS = ("icm", "lmc")
"""Ways to learn from older studies that are models of BoTorch."""

NUTS = ("jax", "numpyro")
"""Libraries that `surrogate: saas_nuts` computes with."""


def make_sampler(
    search: SearchSpec,
    space: Space,
    *,
    seed: int,
    devices_taken: bool,
    beliefs: Mapping[str, Belief] | None = None,
) -> Sampler:
    """Build what `search` describes.

    Args:
        search: the specification.
        space: what may be tried.
        seed: of the study.
        devices_taken: trials use the GPUs, so `device: auto` leaves them alone.
        beliefs: where the best values are believed to be; only a model follows them.
    """
    match search.method:
        case Custom() as part:
            sampler = CustomSampler(part, space, seed)
            return Distinct(space, sampler, spare=SobolSampler(space, seed))
        case "grid":
            return GridSampler(space, search.levels)
        case "random":
            return Distinct(space, UniformSampler(space))
        case "sobol":
            return Distinct(space, SobolSampler(space, seed))
        case "optuna":
            return _optuna(search, space, seed)
        case "bayes":
            return _bayes(search, space, beliefs or {}, seed=seed, devices_taken=devices_taken)
        case _:
            assert_never(search.method)


def check_sampler(search: SearchSpec, space: Space, *, seed: int) -> None:
    """Refuse what could not make its suggestions: told before a study begins, or is changed.

    Raises:
        UsageError: a library, a device or a part of the user's is not there, or a sampler of Optuna
            does not take its options or the space.
    """
    for where in ("surrogate", "acquisition"):
        part = getattr(search, where)
        if isinstance(part, Custom):
            found(part, f"search.{where}:", given=1)
    _check_libraries(search)
    if search.device in ("cuda", "mps"):
        from tuner.surrogates.make import check_device

        check_device(search.device)
    if search.method == "optuna":
        _optuna_itself(search, space, seed).rehearse()
    else:
        make_sampler(search, space, seed=seed, devices_taken=True)


def _check_libraries(search: SearchSpec) -> None:
    """Refuse a model that would be missing what computes it."""
    asked = {
        f"surrogate: {search.surrogate}": search.surrogate not in CLOSED,
        "engine: botorch": search.engine == "botorch",
        f"device: {search.device}": search.device in ("cuda", "mps"),
    }
    _check_laboratory(f"search.{words}" for words, needs in asked.items() if needs)
    if search.surrogate == "saas_nuts" and not all(map(find_spec, NUTS)):
        raise UsageError(
            "search.surrogate: saas_nuts was asked for, and JAX or NumPyro is not installed here",
            hint="pip install 'tuner[nuts]', or surrogate: saas, which needs neither",
        )


def check_modes(modes: Iterable[str]) -> None:
    """Refuse ways to learn from older studies that would be missing what computes them.

    Raises:
        UsageError: a library is not there.
    """
    _check_laboratory(f"warm_start.studies: mode: {mode}" for mode in modes if mode in TASKS)


def _check_laboratory(needing: Iterable[str]) -> None:
    """Refuse the first of what needs PyTorch and the libraries on it, if one is missing."""
    first = next(iter(needing), None)
    missing = [name for name in LABORATORY if find_spec(name) is None] if first else []
    if missing:
        said = f"{first} needs {' and '.join(missing)}, not installed here"
        raise UsageError(said, hint=f"pip install {' '.join(missing)}, or leave it out")


def _optuna(search: SearchSpec, space: Space, seed: int) -> Sampler:
    sampler, sobol = _optuna_itself(search, space, seed), SobolSampler(space, seed)
    ladder = Ladder([("Optuna", sampler), ("sobol", sobol)])
    return Distinct(space, ladder, spare=sobol)


def _optuna_itself(search: SearchSpec, space: Space, seed: int) -> "OptunaSampler":
    if find_spec("optuna") is None:
        raise UsageError(
            "search.method: optuna was asked for, and Optuna is not installed here",
            hint="pip install 'tuner[optuna]'",
        )
    from tuner.samplers.optuna import OptunaSampler

    return OptunaSampler(search.sampler or "TPESampler", search.options, space, seed=seed)


def initial_points(search: SearchSpec, space: Space) -> int:
    """Give how many trials come before the model.

    Five; measured on ten problems, three and five tie and ten lose. One more for every five
    parameters above ten, at most eight.
    """
    if search.initial != "auto":
        return max(FEWEST, search.initial)
    return min(MOST, USUAL + max(0, len(space.searched) - MANY) // PER_FURTHER)


def _bayes(
    search: SearchSpec,
    space: Space,
    beliefs: Mapping[str, Belief],
    *,
    seed: int,
    devices_taken: bool,
) -> Sampler:
    sobol = SobolSampler(space, seed, centred=True, first=believed_point(space, beliefs))

    def build(order: SearchSpec) -> Heavy:
        from tuner.samplers.bayesian import BayesianSampler

        return BayesianSampler(order, space, device_taken=devices_taken, beliefs=beliefs)

    model = Late(partial(build, search))
    rungs: list[tuple[str, Sampler]] = [(_called("the model", search), model)]
    if search.surrogate not in ("auto", "gp"):
        exact = replace(search, surrogate="gp")
        rungs.append((_called("surrogate gp", exact), Late(partial(build, exact))))
    ladder = Ladder([*rungs, ("sobol", sobol)])
    seeds = Seeds(space, Distinct(space, sobol), partial(_serving, space))
    usual = initial_points(search, space)
    told = search.initial != "auto"

    return Sequence(
        seeds,
        Distinct(space, ladder, spare=sobol),
        initial=lambda history: usual if told else seeds.initial(history, usual),
        warm_up=model.warm_up,
    )


def _serving(space: Space, history: History, rows: Rows, count: int) -> list[int]:
    from tuner.samplers.serving import serving

    return serving(space, history, rows, count)


def _called(name: str, search: SearchSpec) -> str:
    """Name a rung so that a person finds a part of theirs in the reason of a fallback."""
    parts = [
        part.target for part in (search.surrogate, search.acquisition) if isinstance(part, Custom)
    ]
    return f"{name} with {' and '.join(parts)}" if parts else name


def relations_of(space: Space, history: History, here: str) -> "Relations | None":
    """Relate the study, called `here`, to what it remembers; None where that says too little.

    Raises:
        FitError: no model can be fitted.
    """
    from tuner.samplers.relating import relations_of as found

    return found(space, history, here)


def metrics_of(space: Space, history: History) -> "Relations":
    """Relate the metrics that the last completed trials all have, constants left out.

    Raises:
        FitError: there are too few of either.
    """
    from tuner.samplers.relating import metrics_of as found

    return found(space, history)


def posterior_of(
    search: SearchSpec, space: Space, history: History, points: Iterable[Point]
) -> list[Opinion] | None:
    """Say what the model believes of points of the space; None if it cannot be fitted.

    On the processor: a study that is over has no claim on a GPU.
    """
    from tuner.samplers.bayesian import BayesianSampler

    model = BayesianSampler(search, space, device_taken=True)
    try:
        return model.posterior(history, list(points))
    except Exception:  # noqa: BLE001  as the ladder: a model is a help, and never what a verb ends with
        return None
