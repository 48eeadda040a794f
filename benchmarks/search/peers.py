"""The peers, one adapter each, with the settings that their own documentation starts with.

Ordered categories are given as such to Ax and SMAC and as the index of the level to the others.
Conditions are given to Optuna's TPE (define-by-run) and to SMAC; the others get the flat space.
Long because the peers are read side by side.
"""

import logging
import math
import random
import tempfile
from importlib import import_module
from typing import Any

import numpy as np
from adapter import Asked, Tool
from spaces import Config, Spec, alive, from_unit, to_unit

Values = dict[str, Any]


class Optuna(Tool):
    """Optuna 5 with its Gaussian process."""

    pending_ok = True

    def sampler(self, samplers: Any) -> Any:  # noqa: ANN401
        """Choose the sampler."""
        return samplers.GPSampler(seed=self.seed)

    def setup(self) -> None:
        """Open a study in memory."""
        self.optuna = import_module("optuna")
        self.optuna.logging.set_verbosity(self.optuna.logging.ERROR)
        self.distributions = {n: self._distribution(s) for n, s in self.native.items()}
        self.study = self.optuna.create_study(sampler=self.sampler(self.optuna.samplers))

    def _distribution(self, spec: Spec) -> Any:  # noqa: ANN401
        kinds = self.optuna.distributions
        if spec["t"] == "cat":
            return kinds.CategoricalDistribution(spec["choices"])
        kind = {"float": kinds.FloatDistribution, "int": kinds.IntDistribution}[spec["t"]]
        return kind(spec["lo"], spec["hi"], log=spec["log"])

    def suggest(self) -> tuple[Any, Values]:
        """Ask for all parameters at once."""
        trial = self.study.ask(self.distributions)
        return trial, dict(trial.params)

    def observe(self, key: Any, values: Config, y: float) -> None:  # noqa: ANN401, ARG002
        """Tell by the trial."""
        self.study.tell(key, y)

    def replay(self, values: Config, y: float) -> None:
        """Add a finished trial."""
        make = self.optuna.trial.create_trial
        trial = make(params=values, distributions=self.distributions, value=y)
        self.study.add_trial(trial)


class OptunaTPE(Optuna):
    """Optuna 5 with its default sampler."""

    knows_conditions = True

    def sampler(self, samplers: Any) -> Any:  # noqa: ANN401
        """Choose the sampler."""
        return samplers.TPESampler(seed=self.seed)

    def suggest(self) -> tuple[Any, Values]:
        """Define by running: one parameter after the other, if it is alive."""
        trial = self.study.ask()
        for name, spec in self.native.items():
            if not alive(spec, trial.params):
                continue
            if spec["t"] == "cat":
                trial.suggest_categorical(name, spec["choices"])
            else:
                suggest = {"float": trial.suggest_float, "int": trial.suggest_int}[spec["t"]]
                suggest(name, spec["lo"], spec["hi"], log=spec["log"])
        return trial, dict(trial.params)


class Ax(Tool):
    """Ax through its client, with its default generation strategy."""

    pending_ok = True
    knows_order = True

    def setup(self) -> None:
        """Configure an experiment."""
        client, configs = import_module("ax.api.client"), import_module("ax.api.configs")
        logging.disable(logging.WARNING)
        parameters = []
        for name, s in self.native.items():
            if s["t"] == "cat":
                kind = {str: "str", int: "int", float: "float", bool: "bool"}[type(s["choices"][0])]
                parameter = configs.ChoiceParameterConfig(
                    name=name, values=s["choices"], parameter_type=kind, is_ordered=s["ordered"]
                )
            else:
                parameter = configs.RangeParameterConfig(
                    name=name,
                    bounds=(s["lo"], s["hi"]),
                    parameter_type=s["t"],
                    scaling="log" if s["log"] else "linear",
                )
            parameters.append(parameter)
        self.client = client.Client(random_seed=self.seed)
        self.client.configure_experiment(parameters=parameters)
        self.client.configure_optimization(objective="-y")

    def suggest(self) -> tuple[Any, Values]:
        """Take one trial."""
        ((key, values),) = self.client.get_next_trials(max_trials=1).items()
        return key, {name: values[name] for name in self.native}

    def ask_many(self, count: int) -> list[Asked]:
        """Take several trials in one call."""
        trials = self.client.get_next_trials(max_trials=count).items()
        return [(key, self._read({n: values[n] for n in self.native})) for key, values in trials]

    def observe(self, key: Any, values: Config, y: float) -> None:  # noqa: ANN401, ARG002
        """Complete by index."""
        self.client.complete_trial(key, raw_data={"y": y})

    def replay(self, values: Config, y: float) -> None:
        """Attach and complete."""
        self.observe(self.client.attach_trial(values), values, y)


class BoTorch(Tool):
    """The plain loop that BoTorch's users write.

    2 d scrambled Sobol points, then SingleTaskGP (defaults), LogEI, `optimize_acqf` with 10 restarts
    and 512 raw samples on the unit cube; ints are rounded, categories one-hot (relaxed), and with
    trials pending it is qLogEI with X_pending.
    """

    pending_ok = True

    def setup(self) -> None:
        """Seed torch, draw from Sobol."""
        self.torch = import_module("torch")
        self.torch.set_num_threads(1)
        self.torch.manual_seed(self.seed)
        sizes = [len(s["choices"]) if s["t"] == "cat" else 1 for s in self.native.values()]
        self.sizes, self.columns = sizes, sum(sizes)
        engine = self.torch.quasirandom.SobolEngine
        self.sobol = engine(len(self.native), scramble=True, seed=self.seed)
        self.X: list[list[float]] = []
        self.Y: list[float] = []
        self.pending: dict[int, list[float]] = {}
        self.asked = 0

    def suggest(self) -> tuple[Any, Values]:
        """Take the next Sobol point, or maximise the acquisition."""
        if self.asked < 2 * len(self.native) or len(self.Y) < 2:
            u = self.sobol.draw(1, dtype=self.torch.double)[0].tolist()
            pairs = zip(self.native.items(), u, strict=True)
            values = {name: from_unit(spec, number) for (name, spec), number in pairs}
        else:
            values = self._decode(self._maximise())
        self.asked += 1
        self.pending[self.asked] = self._encode(values)
        return self.asked, values

    def observe(self, key: Any, values: Config, y: float) -> None:  # noqa: ANN401, ARG002
        """Keep the row."""
        self.X.append(self.pending.pop(key))
        self.Y.append(y)

    def replay(self, values: Config, y: float) -> None:
        """Keep the row."""
        self.asked += 1
        self.X.append(self._encode(values))
        self.Y.append(y)

    def _maximise(self) -> list[float]:
        acquisition, optim = import_module("botorch.acquisition"), import_module("botorch.optim")
        fit, models = import_module("botorch.fit"), import_module("botorch.models")
        mlls = import_module("gpytorch.mlls")
        X = self.torch.tensor(self.X, dtype=self.torch.double)
        Y = -self.torch.tensor(self.Y, dtype=self.torch.double).unsqueeze(-1)
        gp = models.SingleTaskGP(X, Y)
        fit.fit_gpytorch_mll(mlls.ExactMarginalLogLikelihood(gp.likelihood, gp))
        if self.pending:
            waiting = self.torch.tensor(list(self.pending.values()), dtype=self.torch.double)
            gain = acquisition.qLogExpectedImprovement(gp, best_f=Y.max(), X_pending=waiting)
        else:
            gain = acquisition.LogExpectedImprovement(gp, best_f=Y.max())
        ends = [[0.0] * self.columns, [1.0] * self.columns]
        bounds = self.torch.tensor(ends, dtype=self.torch.double)
        x, _ = optim.optimize_acqf(gain, bounds=bounds, q=1, num_restarts=10, raw_samples=512)
        return x[0].tolist()

    def _encode(self, values: Values) -> list[float]:
        row: list[float] = []
        for name, s in self.native.items():
            if s["t"] == "cat":
                row += [float(values[name] == choice) for choice in s["choices"]]
            else:
                row.append(to_unit(s, values[name]))
        return row

    def _decode(self, row: list[float]) -> Values:
        values, at = {}, 0
        for (name, s), size in zip(self.native.items(), self.sizes, strict=True):
            part = row[at : at + size]
            values[name] = (
                s["choices"][int(np.argmax(part))] if s["t"] == "cat" else from_unit(s, part[0])
            )
            at += size
        return values


class BayesOpt(Tool):
    """bayesian-optimization; it has no log scale, so the user's own log10 stands in for it."""

    def setup(self) -> None:
        """Describe the box."""
        bounds: dict[str, Any] = {}
        for name, s in self.native.items():
            if s["t"] == "cat":
                bounds[name] = tuple(s["choices"])
            elif s["log"]:
                bounds[name] = (math.log10(s["lo"]), math.log10(s["hi"]))
            else:
                bounds[name] = (s["lo"], s["hi"], int) if s["t"] == "int" else (s["lo"], s["hi"])
        self.optimizer = import_module("bayes_opt").BayesianOptimization(
            f=None,
            pbounds=bounds,
            random_state=self.seed,
            verbose=0,
            allow_duplicate_points=True,
        )
        self.asked = 0

    def suggest(self) -> tuple[Any, Values]:
        """Draw five points at random, as `maximize` does by default, then let it suggest."""
        if self.asked < 5:
            space = self.optimizer.space
            sampled = space.random_sample(random_state=self.optimizer._random_state)
            params = space.array_to_params(sampled)
        else:
            params = self.optimizer.suggest()
        self.asked += 1
        return params, {
            name: 10 ** float(params[name]) if self._is_log(s) else params[name]
            for name, s in self.native.items()
        }

    def observe(self, key: Any, values: Config, y: float) -> None:  # noqa: ANN401, ARG002
        """Register what it suggested; it maximises."""
        self.optimizer.register(params=key, target=-y)

    def replay(self, values: Config, y: float) -> None:
        """Register on its scale."""
        self.asked += 1
        params = {
            n: math.log10(v) if self._is_log(self.native[n]) else v for n, v in values.items()
        }
        self.optimizer.register(params=params, target=-y)

    @staticmethod
    def _is_log(spec: Spec) -> bool:
        return spec["t"] != "cat" and spec["log"]


class Skopt(Tool):
    """scikit-optimize; there is no way to tell it that a trial is pending."""

    def setup(self) -> None:
        """Describe the dimensions."""
        skopt = import_module("skopt")
        kinds = {"float": skopt.space.Real, "int": skopt.space.Integer}
        dimensions = [
            skopt.space.Categorical(s["choices"], name=name)
            if s["t"] == "cat"
            else kinds[s["t"]](
                s["lo"], s["hi"], prior="log-uniform" if s["log"] else "uniform", name=name
            )
            for name, s in self.native.items()
        ]
        self.optimizer = skopt.Optimizer(dimensions, random_state=self.seed)

    def suggest(self) -> tuple[Any, Values]:
        """Ask."""
        x = self.optimizer.ask()
        return x, dict(zip(self.native, x, strict=True))

    def observe(self, key: Any, values: Config, y: float) -> None:  # noqa: ANN401, ARG002
        """Tell."""
        self.optimizer.tell(key, y)

    def add_many(self, rows: Any) -> None:  # noqa: ANN401
        """Tell all at once, so that it fits once."""
        told = [(list(self._write(config).values()), y) for config, y in rows]
        self.optimizer.tell([x for x, _ in told], [y for _, y in told])


def never_called(config: Any, seed: int = 0) -> float:  # noqa: ANN401
    """Stand in for the target function, which SMAC wants to see even when it is asked and told."""
    raise AssertionError(f"SMAC called the target function itself: {config}, {seed}")


class Smac(Tool):
    """SMAC 3 with its facade for hyperparameters (a random forest)."""

    pending_ok = True
    knows_conditions = True
    knows_order = True

    def setup(self) -> None:
        """Describe the space with its conditions."""
        smac, space = import_module("smac"), import_module("ConfigSpace")
        logging.disable(logging.WARNING)
        self.space = space.ConfigurationSpace(seed=self.seed)
        for name, s in self.native.items():
            self.space.add(self._parameter(space, name, s))
        for name, s in self.native.items():
            if "when" in s:
                parent, values = s["when"]
                child = self.space[name]
                self.space.add(space.InCondition(child, self.space[parent], values))
        self.folder = tempfile.TemporaryDirectory(prefix="smac")
        scenario = smac.Scenario(
            self.space,
            deterministic=True,
            n_trials=self.budget,
            seed=self.seed,
            output_directory=self.folder.name,
        )
        self.facade = smac.HyperparameterOptimizationFacade(
            scenario, never_called, overwrite=True, logging_level=False
        )
        self.data = import_module("smac.runhistory.dataclasses")

    @staticmethod
    def _parameter(space: Any, name: str, s: Spec) -> Any:  # noqa: ANN401
        if s["t"] != "cat":
            kind = {"float": space.Float, "int": space.Integer}[s["t"]]
            return kind(name, (s["lo"], s["hi"]), log=s["log"])
        if s["ordered"]:
            return space.OrdinalHyperparameter(name, s["choices"])
        return space.CategoricalHyperparameter(name, s["choices"])

    def suggest(self) -> tuple[Any, Values]:
        """Ask."""
        info = self.facade.ask()
        return info, {name: info.config[name] for name in self.native if name in info.config}

    def observe(self, key: Any, values: Config, y: float) -> None:  # noqa: ANN401, ARG002
        """Tell; the time is made up."""
        self.facade.tell(key, self.data.TrialValue(cost=y, time=0.1))

    def replay(self, values: Config, y: float) -> None:
        """Tell of a configuration of our own."""
        config = import_module("ConfigSpace").Configuration(self.space, values=values)
        info = self.data.TrialInfo(config=config, seed=0)
        self.facade.tell(info, self.data.TrialValue(cost=y, time=0.1), save=False)


class Hebo(Tool):
    """HEBO."""

    def setup(self) -> None:
        """Describe the design space; seed everything it draws from."""
        torch = import_module("torch")
        torch.set_num_threads(1)
        self.pandas = import_module("pandas")
        np.random.seed(self.seed)  # noqa: NPY002  HEBO draws from these
        torch.manual_seed(self.seed)
        random.seed(self.seed)
        kinds = {("float", False): "num", ("float", True): "pow"}
        kinds |= {("int", False): "int", ("int", True): "pow_int"}
        parameters = [
            {"name": name, "type": "cat", "categories": s["choices"]}
            if s["t"] == "cat"
            else {"name": name, "type": kinds[s["t"], s["log"]], "lb": s["lo"], "ub": s["hi"]}
            for name, s in self.native.items()
        ]
        space = import_module("hebo.design_space.design_space").DesignSpace().parse(parameters)
        optimizer = import_module("hebo.optimizers.hebo").HEBO
        self.optimizer = optimizer(space, scramble_seed=self.seed)

    def suggest(self) -> tuple[Any, Values]:
        """Ask for one row."""
        rows = self.optimizer.suggest(n_suggestions=1)
        return rows, {name: rows.iloc[0][name] for name in self.native}

    def observe(self, key: Any, values: Config, y: float) -> None:  # noqa: ANN401, ARG002
        """Tell the row."""
        self.optimizer.observe(key, np.array([[y]]))

    def replay(self, values: Config, y: float) -> None:
        """Tell a row of our own."""
        self.optimizer.observe(self.pandas.DataFrame([values]), np.array([[y]]))
