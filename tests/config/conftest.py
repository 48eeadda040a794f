"""What the tests of the configuration share: a small valid study, and its mistakes as lines."""

import pytest

from tuner.config import read_config
from tuner.errors import ConfigError


@pytest.fixture
def study():
    """Read a study from a few sections; a metric, a parameter and a runner are there already."""

    def read(**sections):
        node = {
            "metric": {"name": "loss", "goal": "minimize"},
            "parameters": {"lr": {"type": "float", "min": 0, "max": 1}},
            "runner": {"command": "python t.py {args}"},
            "stop": {"trials": 1},
        }
        return read_config({**node, **sections})

    return read


@pytest.fixture
def mistakes(study):
    """Give the messages about a study that cannot be read, without their place."""

    def read(**sections):
        with pytest.raises(ConfigError) as caught:
            study(**sections)
        return [problem.message for problem in caught.value.problems]

    return read
