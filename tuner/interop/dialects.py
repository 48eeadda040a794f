"""What the columns of a table mean: by how the tools name them, else by elimination. Pure."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from tuner.errors import UsageError
from tuner.expression import did_you_mean
from tuner.interop.base import LATE, TAKEN, Columns, Kind, NoMetricError
from tuner.interop.late import Seen
from tuner.interop.values import listed


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How one tool writes a table of its trials.

    Attributes:
        marks: columns that tell it from the others; some column must bear a prefix, too, if any is
            named.
        params, metrics, noise: prefixes; without one for parameters every column is one that is
            nothing else, and likewise for metrics where there is none for these only.
        only_metric: the column of the metric where there is one.
        aside: columns, or beginnings of them with a star, that are neither.
    """

    kind: Kind
    marks: Collection[str] = ()
    params: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    only_metric: str | None = None
    state: str | None = None
    label: str | None = None
    aside: tuple[str, ...] = ()

    def fits(self, columns: Collection[str]) -> bool:
        """Say whether a table with these columns is of this tool."""
        return set(self.marks) <= set(columns) and (
            not self.params or any(name.startswith(self.params) for name in columns)
        )

    def is_aside(self, name: str) -> bool:
        """Say whether a column is neither a parameter nor a metric."""
        starts = tuple(each[:-1] for each in self.aside if each.endswith("*"))
        return name in self.aside or name in (self.state, self.label) or name.startswith(starts)


# `study.trials_dataframe().to_csv(…)`
OPTUNA = Dialect(
    kind="optuna",
    marks=("number", "state", "datetime_start"),
    params=("params_",),
    metrics=("values_",),
    only_metric="value",
    state="state",
    label="number",
)
# `results.get_dataframe().to_csv(…)`: metrics have no prefix
RAY = Dialect(
    kind="ray",
    marks=("trial_id", "training_iteration"),
    params=("config/",),
    label="trial_id",
    aside=(
        *("training_iteration", "checkpoint_dir_name", "done", "date", "timestamp", "pid"),
        *("hostname", "node_ip", "logdir", "time_since_restore", "iterations_since_restore"),
        *("time_this_iter_s", "time_total_s", "config/*", "should_checkpoint", "trial_id"),
    ),
)
# `mlflow experiments csv`, `mlflow.search_runs().to_csv(…)`
MLFLOW = Dialect(
    kind="mlflow",
    marks=("run_id", "status"),
    params=("params.",),
    metrics=("metrics.",),
    state="status",
    label="run_id",
)


def _page(spelt: Callable[[str], str]) -> Dialect:
    """The download button of MLflow's page: its own columns, then parameters, metrics and tags, unmarked."""
    own = (
        *("Start Time", "End Time", "Duration", "Run ID", "Name", "Run Name", "Source Type"),
        *("Source Name", "Source", "User", "Status", "Version", "Models", "Dataset", "Created"),
        *("Experiment ID", "Experiment Name", "Artifact URI", "Lifecycle Stage"),
    )
    return Dialect(
        kind="mlflow",
        marks=tuple(map(spelt, ("Start Time", "Run ID", "Status"))),
        state=spelt("Status"),
        label=spelt("Name"),
        aside=tuple(map(spelt, own)),
    )


MLFLOW_PAGES = (
    _page(lambda name: name),
    _page(lambda name: name.replace(" ", "_")),
    _page(lambda name: name.replace(" ", "_").lower()),
)
# The download button above the table of runs: config and then summary, unmarked.
WANDB = Dialect(
    kind="wandb",
    marks=("Name", "State", "Runtime"),
    state="State",
    label="Name",
    aside=(
        *("ID", "Notes", "User", "Tags", "Created", "Runtime", "Sweep", "Updated", "End Time"),
        *("Hostname", "Description", "Commit", "GitHub", "GPU Count", "GPU Type", "Job Type"),
        *("Group", "Project", "State", "Start Time", "Relative Time (Process)", "_*", "Agent"),
    ),
)
# `experiment.to_pandas().to_csv(…)`
ORION = Dialect(
    kind="orion",
    marks=("id", "experiment_id", "status", "objective"),
    only_metric="objective",
    state="status",
    label="id",
    aside=("experiment_id", "suggested", "reserved", "completed"),
)
PREFIXED = Dialect(
    kind="csv",
    params=("params.", "config.", "param.", "params/", "config/", "params_", "config_"),
    metrics=("metrics.", "summary.", "metric.", "metrics/", "metrics_", "values_"),
    noise=("noise.",),
    only_metric="value",
    state="state",
)
BARE = Dialect(kind="csv")
TOOLS = (OPTUNA, RAY, MLFLOW, *MLFLOW_PAGES, WANDB, ORION)
COMMON = ("objective", "value", "loss", "score", "accuracy", "target", "y")
STATE_NAMES = ("state", "status", "State", "Status")
ROW_NUMBERS = "Unnamed: 0"  # of pandas
LABEL_NAMES = ("trial", "trial_id", "id", "run_id", "Name", "name", "number")


def dialect_of(columns: Collection[str], kind: Kind | None = None) -> Dialect:
    """Tell by the columns who wrote a table, or which of its tables it is where who is known.

    Raises:
        UsageError: it is W&B's frame of dictionaries, which only Python reads.
    """
    named = [each for each in TOOLS if each.kind == kind]
    if named:
        return next((each for each in named if each.fits(columns)), named[0])
    if {"summary", "config", "name"} <= set(columns):
        raise UsageError(
            "the table holds dictionaries in its cells: config and summary are no values",
            hint="spread them before: pd.json_normalize([{'Name': run.name, 'State': run.state,"
            " 'config': run.config, 'summary': dict(run.summary)} for run in runs]).to_csv(…)",
        )
    return next((each for each in (*TOOLS, PREFIXED) if each.fits(columns)), BARE)


def state_of(columns: Collection[str], dialect: Dialect) -> str | None:
    """Name the column that says how runs ended."""
    state = dialect.state or next((name for name in STATE_NAMES if name in columns), None)
    return state if state in columns else None


def meaning(
    columns: Sequence[str], dialect: Dialect, metric: str | None, seen: Seen
) -> tuple[Columns, list[str]]:
    """Say what the columns mean, and in a line each what was decided without being said.

    Args:
        columns: all of the table.
        dialect: who wrote it.
        metric: the name of the metric where it is known.
        seen: what the rows say of columns.

    Raises:
        UsageError: no column can be the metric, or one has to be named.
    """
    named = [name for name in columns if name]
    state = state_of(named, dialect)
    label = dialect.label or next((name for name in LABEL_NAMES if name in named), None)
    params = _stripped(named, dialect.params)
    noise = _stripped(named, dialect.noise)
    metrics = _stripped(named, dialect.metrics)
    known = {*params.values(), *noise.values(), *metrics.values()}
    rest = [name for name in named if name not in known and not dialect.is_aside(name)]
    if dialect.params and not dialect.metrics:
        metrics = {name: name for name in rest}
    metrics.update({name: name for name in (dialect.only_metric, metric) if name in rest})
    if dialect is WANDB:
        metrics.update({name: name for name in _second_block(rest)})
    if not metrics:
        guessed = _guessed(rest, metric)
        metrics[guessed] = guessed
    notes: list[str] = []
    if not dialect.params:
        odd = {*STATE_NAMES, *LABEL_NAMES, ROW_NUMBERS} if dialect is BARE else set()
        rest = [name for name in rest if name not in odd]
        late = _late(rest, dialect, list(metrics), seen)
        metrics.update({name: name for name in late if seen.has_numbers(name)})
        notes += [f"{LATE}{listed(late)}"] if late else []
        params = {name: name for name in rest if name not in metrics and name not in late}
        notes.append(f"{TAKEN}{listed(params)}")
    return (
        Columns(
            parameters=params,
            metrics=metrics,
            noise=noise,
            state=state,
            label=label if label in named else None,
        ),
        notes,
    )


def _late(rest: Sequence[str], dialect: Dialect, metrics: Collection[str], seen: Seen) -> list[str]:
    """Name the columns that are results, or came with them: those failed runs lack.

    MLflow's page and W&B write what a run began with before what came of it.
    """
    found = {name for name in rest if name in seen.late}
    first = min(
        (rest.index(name) for name in (*found, *metrics) if name in rest), default=len(rest)
    )
    if dialect in MLFLOW_PAGES:
        found |= set(rest[first:])
    if dialect is WANDB:
        found |= {name for name in rest[first:] if name in seen.gaps}
    return [name for name in rest if name in found and name not in metrics]


def _second_block(names: Sequence[str]) -> Sequence[str]:
    """Give what W&B writes second: config and summary are both in alphabetical order.

    Nothing where that leaves it open.

    Example:
        >>> _second_block(["batch", "lr", "acc", "loss"]), _second_block(["batch", "loss"])
        (['acc', 'loss'], [])
    """
    folded = [name.casefold() for name in names]
    falls = [place for place in range(1, len(names)) if folded[place] < folded[place - 1]]
    return names[falls[0] :] if len(falls) == 1 else []


def checked(wanted: Columns, columns: Collection[str]) -> Columns:
    """Give a mapping of columns back if the table has all of them.

    Raises:
        UsageError: naming the first that it has not.
    """
    groups = (wanted.parameters, wanted.metrics, wanted.noise)
    asked = [column for group in groups for column in group.values()]
    for name in (*asked, *filter(None, (wanted.state, wanted.label))):
        if name not in columns:
            near = did_you_mean(name, columns)
            raise UsageError(f"the table has no column {name!r}{near}", hint=_choice(columns))
    return wanted


def _guessed(rest: Sequence[str], metric: str | None) -> str:
    """Find the metric among columns of which nothing is known."""
    if metric is not None:
        near = did_you_mean(metric, rest)
        raise UsageError(f"the table has no column {metric!r}{near}", hint=_choice(rest))
    found = [name for name in rest if name.lower() in COMMON]
    if len(found) != 1:
        raise NoMetricError(_choice(rest))
    return found[0]


def _choice(columns: Collection[str]) -> str:
    return f"there are {listed(columns, most=20)}" if columns else "there is none"


def _stripped(names: Sequence[str], prefixes: tuple[str, ...]) -> dict[str, str]:
    """Map names without their prefix to their columns; the first of equal names counts.

    Example:
        >>> _stripped(["values_acc", "values_0", "x"], ("values_",))
        {'acc': 'values_acc', 'values_0': 'values_0'}
    """
    found: dict[str, str] = {}
    for column in names:
        prefix = next((each for each in prefixes if column.startswith(each)), None)
        if prefix is not None and len(column) > len(prefix):
            bare = column[len(prefix) :]
            found.setdefault(column if bare.isdecimal() else bare, column)
    return found
