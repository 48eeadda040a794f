"""`--set key=value` stands above the file and is checked like it."""

import pytest

from tuner.config import load_config, read_config
from tuner.errors import ConfigError

TEXT = """\
name: base
metric: {name: loss, goal: minimize}
parameters:
  lr: {type: float, low: 1e-4, high: 0.1, log: true}
  opt.wd: {type: float, min: 0, max: 1}
  drop: uniform(0, 0.5)
runner:
  command: python t.py {args}
  timeout: 1h
warm_start: {enqueue: [{lr: 1e-3}]}
stop: {trials: 20}
"""


@pytest.fixture
def load(tmp_path):
    def with_(*overrides):
        file = tmp_path / "study.yaml"
        file.write_text(TEXT)
        return load_config(file, overrides)

    return with_


@pytest.fixture
def mistakes(load):
    def of(*overrides):
        with pytest.raises(ConfigError) as caught:
            load(*overrides)
        return [str(problem) for problem in caught.value.problems]

    return of


def test_a_value_is_yaml_and_a_key_is_a_path(load):
    config = load(
        "stop.trials=40",
        "parameters.lr.max=1e-2",
        "parameters.opt.wd.max=0.5",
        "runner.timeout=2h",
        "parameters.drop=choice(0, 0.1)",
        "warm_start.enqueue[0].lr=2e-3",
        "search.method=random",
        "resources={parallel: 2}",
        "constraints=[a <= 1]",
    )

    lr, decay, drop = config.space.parameters
    assert (lr.max, decay.max, drop.values) == (0.01, 0.5, (0, 0.1))
    assert (config.stop.trials, config.runner.timeout_s) == (40, 7200.0)
    assert config.warm_start.enqueue[0]["lr"] == 0.002
    assert (config.search.method, config.resources.parallel) == ("random", 2)
    assert [str(c) for c in config.constraints] == ["a <= 1"]


def test_the_last_of_two_overrides_holds(load):
    assert load("seed=1", "seed=2").seed == 2


def test_nothing_behind_the_equals_sign_takes_a_key_back(load):
    assert load("stop.trials=").stop.trials is None


def test_a_new_parameter_can_be_added_as_a_whole(load):
    assert load("parameters.new=bool()").space.parameters[-1].name == "new"


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("stop.trails=5", "--set:1:1: stop.trails: unknown key, did you mean 'trials'?"),
        ("stop.trials=many", "--set:1:13: stop.trials: must be a whole number, got 'many'"),
        ("stop.trials=010", "--set:1:13: stop.trials: 010 is 8 to YAML 1.1"),
        ("stop.trials=[1", "--set:1:"),
        ("stop.trials", "--set:1:1: must be key=value such as stop.trials=20"),
        ("parameters.lrr.max=1", "--set:1:1: parameters.lrr is unknown, did you mean 'lr'?"),
        ("parameters.lr.mx=1", "--set:1:1: parameters.lr.mx: unknown key, did you mean"),
        ("parameters.drop.max=1", "--set:1:1: parameters.drop is 'uniform(0, 0.5)'"),
        ("name.x=1", "--set:1:1: name is 'base' and has no 'x' in it"),
        ("warm_start.enqueue[3].lr=1", "--set:1:1: warm_start.enqueue has 1 entries"),
        ("nothing.here=1", "--set:1:1: nothing: unknown key"),
        ("search={method: bays}", "--set:1:17: search.method: must be 'bayes'"),
    ],
)
def test_a_mistake_points_at_the_option(mistakes, override, expected):
    (said,) = mistakes(override)

    assert said.startswith(expected)


def test_mistakes_are_counted_by_option_and_the_file_is_not_to_blame(mistakes):
    said = mistakes("seed=1", "stop.wall=5", "name=.x")

    assert [line.split(" ")[0] for line in said] == ["--set:2:11:", "--set:3:6:"]


def test_a_normalised_form_takes_overrides_in_the_words_of_people(load):
    plain = load().plain

    config = read_config(
        plain, overrides=["runner.timeout=5m", "parameters.lr.max=1", "stop.wall=1h"]
    )

    assert config.runner.timeout_s == 300.0
    assert config.space.parameters[0].max == 1.0
    assert config.stop.wall_s == 3600.0
