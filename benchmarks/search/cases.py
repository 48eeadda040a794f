"""What the searches of the catalogue are for: where each is shown, and against whom it is held.

`catalogue.py` runs the cases and prints them. Twenty trials on a mixed space are enough for most names
to be told from random search; those of SHOWN are meant for something else, and are run there.

Two of those cases were chosen after others had shown no difference: sobol and Optuna's qmc were tried on
branin2 and on a bowl of two parameters first, laplace on network_digits with twenty trials and on
shifted_rosenbrock4. So their p-values overstate how surely they are better than random search.
"""

from dataclasses import dataclass, replace

DEFAULT = "surrogate: gp"


@dataclass(frozen=True, kw_only=True)
class Case:
    """Some searches on some problems.

    Attributes:
        names: of the catalogue; the last is what the others are held against.
        problems: of `problems.py`.
        seeds: of every search.
        random: seeds of random search.
        workers: trials that are pending at once.
        options: of all searches, besides their names.
    """

    names: tuple[str, ...]
    problems: tuple[str, ...]
    trials: int
    seeds: int
    random: int = 50
    workers: int = 1
    options: str = ""

    @property
    def mode(self) -> str:
        """The first word of the results' files."""
        return "regret" if self.workers == 1 else "batch"

    @property
    def where(self) -> str:
        """The case in a few words."""
        more = f", {self.workers} at once" if self.workers > 1 else ""
        more += f", {self.options}" if self.options else ""
        return f"{' and '.join(self.problems)}, {self.trials} trials{more}"


def _alone(name: str, problem: str, trials: int) -> Case:
    return Case(names=(name,), problems=(problem,), trials=trials, seeds=10)


EIGHT = Case(
    names=("acquisition: thompson", "acquisition: auto"),
    problems=("hartmann6",),
    trials=64,
    seeds=10,
    workers=8,
)
CLIFF = Case(
    names=("surrogate: laplace", "surrogate: deep_kernel", DEFAULT),
    problems=("cliff4",),
    trials=80,
    seeds=10,
    options="initial=60",
)
EVEN = Case(
    names=("method: sobol", "method: optuna, qmc"),
    problems=("bowl1",),
    trials=16,
    seeds=100,
    random=400,
)
SHOWN = (
    _alone("method: optuna, cma_es", "hartmann6", 150),
    _alone("method: optuna, nsgaii", "shifted_rosenbrock4", 300),
    _alone("acquisition: thompson", "hartmann6", 60),
    EVEN,
    replace(CLIFF, names=CLIFF.names[:1]),
)
"""One-sided tests against random search."""

HELD = (
    CLIFF,
    Case(
        names=(
            "acquisition: knowledge_gradient",
            "acquisition: log_ei",
            "acquisition: q_nei",
            "acquisition: auto",
        ),
        problems=("hartmann6_noisy",),
        trials=40,
        seeds=5,
    ),
    Case(
        names=("surrogate: hierarchical", DEFAULT),
        problems=("pipeline", "pipeline_moved"),
        trials=40,
        seeds=4,
    ),
    EIGHT,
)
"""Differences, paired by problem and seed; where models are slow, they take over after a while."""
