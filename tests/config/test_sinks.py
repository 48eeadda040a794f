"""`sinks:` in every form, and what is wrong with the others."""

import pytest

from tuner.config import read_config
from tuner.errors import ConfigError
from tuner.sinks.spec import MlflowSpec, TensorboardSpec, WandbSpec

NODE = {"metric": "loss", "parameters": {"x": {"values": [1, 2]}}, "runner": {"type": "manual"}}


def sinks(node):
    return read_config({**NODE, "sinks": node}).sinks


@pytest.mark.parametrize(
    ("node", "specs"),
    [
        (None, ()),
        ("mlflow", (MlflowSpec(),)),
        (
            ["mlflow", {"type": "tensorboard", "dir": "tb"}, {"type": "wandb", "project": "x"}],
            (MlflowSpec(), TensorboardSpec(dir="tb"), WandbSpec(project="x")),
        ),
    ],
)
def test_a_word_a_mapping_or_a_list_of_them(node, specs):
    config = read_config({**NODE, "sinks": node})

    assert config.sinks == specs
    assert read_config(config.plain).sinks == specs


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (
            "mlfow",
            "must be 'mlflow', 'tensorboard' or 'wandb', got 'mlfow', did you mean 'mlflow'?",
        ),
        ([{"dir": "tb"}], "the key 'type' is missing"),
        ([{"type": "wandb", "projct": "x"}], "unknown key, did you mean 'project'?"),
        ([3], "must be mlflow or a mapping such as"),
        (["mlflow", "mlflow"], "the same sink stands there twice"),
        ([{"type": "mlflow", "uri": "https://me:pw@host"}], "must hold no password"),
        ({"type": "tensorboard", "dir": "../tb"}, "must be a folder inside the study's"),
        ({"type": "tensorboard", "dir": "/tmp/tb"}, "must be a folder inside the study's"),
        ({"type": "tensorboard", "dir": "."}, "must be a folder inside the study's"),
    ],
)
def test_every_mistake_is_told_with_what_would_be_right(node, said):
    with pytest.raises(ConfigError, match="sinks") as refused:
        sinks(node)
    assert said in str(refused.value)
