"""Peers that are given older studies: `peer(way, task, seed, trials)` gives what asks, and what tells.

    optuna-enqueued     Optuna's process; the best trial of each of the first three older studies first
    optuna-added        it is told all older trials besides, with the values that they had: in a `grown`
                        space its process is then one of the parameters that all trials have
    botorch-multitask   the plain loop of BoTorch's users, with MultiTaskGP
    ax-transfer         Ax's TransferLearningAdapter, the older studies as auxiliary experiments

The last two want whole configs: an older one gets the middle of every parameter that it has not.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import peers
from adapter import Tool
from spaces import Config, from_unit
from transfer_tasks import Row, Task

PEERS = ("optuna-enqueued", "optuna-added", "botorch-multitask", "ax-transfer")
ENQUEUED = 3  # old incumbents that a person would try first

Ask = Callable[[], tuple[Any, Config]]
Tell = Callable[[Any, float], Any]


class MultiTask(peers.BoTorch):
    """The plain loop with MultiTaskGP (defaults): every study a task, standardised by itself.

    It has no Sobol points. The first suggestion is where the mean of the older tasks' posterior means
    is best; then LogEI of the new task. A fit of so many tasks takes a thousand steps, so each begins
    from the last, as Ax's do.
    """

    def remember(self, older: dict[str, list[Row]]) -> None:
        """Keep the trials of the older studies, whole and native."""
        self.older = [
            ([self._encode(values) for values, _ in rows], [y for _, y in rows])
            for rows in older.values()
        ]

    def suggest(self) -> tuple[Any, Config]:
        """Maximise the acquisition."""
        values = self._decode(self._maximise())
        self.asked += 1
        self.pending[self.asked] = self._encode(values)
        return self.asked, values

    def _maximise(self) -> list[float]:
        acquisition, optim = import_module("botorch.acquisition"), import_module("botorch.optim")
        fit, models = import_module("botorch.fit"), import_module("botorch.models")
        mlls = import_module("gpytorch.mlls")
        outputs = [0] if self.Y else list(range(1, len(self.older) + 1))
        X, Y = self._rows()
        gp = models.MultiTaskGP(X, Y, task_feature=-1, output_tasks=outputs, outcome_transform=None)
        if len(self.Y) > 1:
            gp.load_state_dict(self.fitted)
        fit.fit_gpytorch_mll(mlls.ExactMarginalLogLikelihood(gp.likelihood, gp))
        self.fitted = gp.state_dict()
        if self.Y:
            gain = acquisition.LogExpectedImprovement(gp, best_f=Y[: len(self.Y)].max())
        else:
            weights = self.torch.full((len(outputs),), 1 / len(outputs), dtype=self.torch.double)
            scalar = import_module("botorch.acquisition.objective").ScalarizedPosteriorTransform
            gain = acquisition.PosteriorMean(gp, posterior_transform=scalar(weights))
        ends = [[0.0] * self.columns, [1.0] * self.columns]
        bounds = self.torch.tensor(ends, dtype=self.torch.double)
        x, _ = optim.optimize_acqf(gain, bounds=bounds, q=1, num_restarts=10, raw_samples=512)
        return x[0].tolist()

    def _rows(self) -> tuple[Any, Any]:
        """Give inputs (n, columns + 1), the last the number of the task, and gains (n, 1)."""
        standardize = import_module("botorch.utils").standardize
        X, Y = [], []
        for number, (rows, losses) in enumerate([(self.X, self.Y), *self.older]):
            if rows:
                X += [[*row, number] for row in rows]
                Y.append(standardize(-self.torch.tensor(losses, dtype=self.torch.double)[:, None]))
        return self.torch.tensor(X, dtype=self.torch.double), self.torch.cat(Y)


class AxTransfer(peers.Ax):
    """Ax's specifications for transfer learning, through its client.

    They are MultiTaskGP and, by rank correlation of a cross-validation, Ax's process of the new trials
    alone. Their qLogNEI needs a result, so the first suggestion is the best posterior mean.
    """

    def remember(self, older: dict[str, list[Row]]) -> None:
        """Attach the older studies, whole and native; state the strategy."""
        learning = import_module("ax.adapter.transfer_learning.adapter")
        source = import_module("ax.core.auxiliary_source").AuxiliarySource
        sources = []
        for name, rows in older.items():
            past = peers.Ax(self.given, self.seed, len(rows))
            for values, y in rows:
                past.replay(values, y)
            past.client._experiment.name = name
            sources.append(source(experiment=past.client._experiment))
        self.client._experiment.auxiliary_experiments_by_purpose = {learning.TL_EXP: sources}
        constructor = learning.transfer_learning_generator_specs_constructor
        mean = import_module("botorch.acquisition").PosteriorMean
        first, _ = constructor(
            use_model_selection=False,
            fit_tracking_metrics=False,  # the outcome is the objective, of which nothing is known
            additional_generator_kwargs={"botorch_acqf_class": mean},
        )
        later, selector = constructor()
        node = partial(
            import_module("ax.generation_strategy.generation_node").GenerationNode,
            should_deduplicate=True,  # as in Ax's own strategies
        )
        enough = import_module("ax.generation_strategy.transition_criterion").MinTrials
        begun = enough(threshold=1, transition_to="later")
        strategy = import_module("ax.generation_strategy.generation_strategy").GenerationStrategy
        nodes = [
            node(name="first", generator_specs=first, transition_criteria=[begun]),
            node(name="later", generator_specs=later, best_model_selector=selector),
        ]
        self.client.set_generation_strategy(strategy(nodes=nodes))


def peer(way: str, here: Task, seed: int, trials: int) -> tuple[Ask, Tell]:
    """Set up a peer that knows the older studies."""
    if way.startswith("optuna"):
        return optuna(way, here, seed, trials)
    tool = {"botorch-multitask": MultiTask, "ax-transfer": AxTransfer}[way](
        here.space, seed, trials
    )
    tool.remember(
        {name: [(whole(tool, c), y) for c, y in rows] for name, rows in here.older.items()}
    )

    def ask() -> tuple[Any, Config]:
        key, config = tool.ask()
        return (key, config), config

    def tell(asked: tuple[Any, Config], value: float) -> None:
        tool.tell(*asked, value)

    return ask, tell


def optuna(way: str, here: Task, seed: int, trials: int) -> tuple[Ask, Tell]:
    """Open a study of Optuna's Gaussian process with old incumbents enqueued, or old trials added."""
    adapter = peers.Optuna(here.space, seed, trials)
    for rows in list(here.older.values())[:ENQUEUED]:
        config, _ = min(rows, key=lambda row: row[1])
        adapter.study.enqueue_trial(said(adapter, config))
    if way == "optuna-added":
        make = adapter.optuna.trial.create_trial
        for config, value in (row for rows in here.older.values() for row in rows):
            params = said(adapter, config)
            spaces = {name: adapter.distributions[name] for name in params}
            adapter.study.add_trial(make(params=params, distributions=spaces, value=value))
    return adapter.ask, adapter.study.tell


def said(tool: Tool, config: Config) -> Config:
    """Say an older config in a peer's words: the parameters that it has here, within their bounds."""
    known: Config = {}
    for name in sorted(config.keys() & tool.given.keys()):
        spec, value = tool.given[name], config[name]
        known[name] = value if spec["t"] == "cat" else min(max(value, spec["lo"]), spec["hi"])
    return tool._write(known)


def whole(tool: Tool, config: Config) -> Config:
    """Say it with the middle of every parameter that it has not."""
    return {name: from_unit(spec, 0.5) for name, spec in tool.native.items()} | said(tool, config)
