"""The comparison on Fashion-MNIST: its training, its studies, its table."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from adapter import Tool

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def by_name(module):
    """Import a benchmark as it imports its neighbours: by its name, from its own folder."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return importlib.import_module(module)
    finally:
        sys.path.remove(str(BENCHMARKS))


network = by_name("fashion_network")
comparison = by_name("fashion_mnist")

SMALL = {"lr": 2e-3, "batch_size": 48, "hidden1": 40, "hidden2": 24}
needs_images = pytest.mark.skipif(
    not network.INSTALLED.exists(), reason="apt-get install dataset-fashion-mnist"
)


@pytest.fixture(scope="module")
def images():
    return network.load()


def random_batch(count=20):
    rng = np.random.RandomState(3)
    return rng.randn(count, network.PIXELS).astype(np.float32), rng.randint(10, size=count)


def twin(ours):
    """Build torch's network with the weights of ours."""
    weights = [torch.from_numpy(part.copy()) for part in ours.parameters]
    layers = [torch.nn.Linear(*weight.shape) for weight in weights[::2]]
    with torch.no_grad():
        for layer, weight, bias in zip(layers, weights[::2], weights[1::2], strict=True):
            layer.weight.copy_(weight.T)
            layer.bias.copy_(bias)
    relu = torch.nn.ReLU()
    return torch.nn.Sequential(layers[0], relu, layers[1], relu, layers[2])


def flattened(parts):
    """Lay torch's weights out as ours are: inputs first."""
    return torch.cat([(part.T if part.ndim == 2 else part).reshape(-1) for part in parts]).numpy()


def test_the_gradient_by_hand_is_that_of_torch():
    X, y = random_batch()
    ours = network.Network(40, 24, np.random.RandomState(0))
    theirs = twin(ours)

    ours.differentiate(X, y)
    torch.nn.functional.cross_entropy(theirs(torch.from_numpy(X)), torch.from_numpy(y)).backward()

    expected = flattened([part.grad for part in theirs.parameters()])
    assert ours.slope == pytest.approx(expected, abs=1e-6)


def test_the_steps_by_hand_are_those_of_torchs_adam():
    X, y = random_batch()
    ours = network.Network(40, 24, np.random.RandomState(0))
    theirs = twin(ours)
    adam = torch.optim.Adam(theirs.parameters(), lr=1e-3)

    for _ in range(10):
        ours.differentiate(X, y)
        ours.step(1e-3)
        adam.zero_grad()
        loss = torch.nn.functional.cross_entropy(theirs(torch.from_numpy(X)), torch.from_numpy(y))
        loss.backward()
        adam.step()

    expected = flattened([part.detach() for part in theirs.parameters()])
    assert ours.flat == pytest.approx(expected, abs=1e-4)


@needs_images
def test_the_three_parts_are_of_the_announced_sizes_and_share_no_image(images):
    assert images.X.shape == (6_000, 784)
    assert images.x_val.shape == (1_000, 784)
    assert images.x_test.shape == (10_000, 784)
    assert set(images.y) == set(images.y_val) == set(images.y_test) == set(range(10))
    assert abs(images.X.mean()) < 1e-4
    assert not {row.tobytes() for row in images.X} & {row.tobytes() for row in images.x_val}


@needs_images
def test_two_epochs_on_500_images_are_far_above_chance(images):
    trained = network.train(images.X[:500], images.y[:500], **SMALL, seed=0, epochs=2)

    assert trained.accuracy(images.x_val, images.y_val) > 0.5


@needs_images
def test_the_same_parameters_and_seed_train_to_the_same_bit(images):
    X, y = images.X[:500], images.y[:500]

    first, again, other = (network.train(X, y, **SMALL, seed=s, epochs=2) for s in (0, 0, 1))

    assert (first.flat == again.flat).all()
    assert (first.flat != other.flat).any()
    assert network.fingerprint(images) == network.fingerprint(images)


class Counting(Tool):
    """Suggests one width after the other, and remembers what it was told."""

    def setup(self):
        self.told = []

    def suggest(self):
        width = 100 + len(self.told)
        return None, {"lr": 1e-3, "batch_size": 64, "hidden1": width, "hidden2": 32}

    def observe(self, key, values, y):
        self.told.append((values["hidden1"], y))


def measured(config):
    """Stand in for a training."""
    seconds = {"train_s": 0.1, "train_cpu_s": 0.1}
    return {"val_acc": config["hidden1"] / 1000, "test_acc": 0.5, **seconds}


def test_a_study_that_was_cut_off_goes_on_where_it_was(tmp_path):
    whole = list(comparison.search(Counting(comparison.SPACE, 7, 5), [], 5, measured))
    path = tmp_path / "counting.jsonl"
    for line in whole[:3]:
        comparison.append(path, line)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(whole[3])[:40])

    comparison.repair_tail(path)
    tool = Counting(comparison.SPACE, 7, 5)
    rest = list(comparison.search(tool, comparison.read(path)[7], 5, measured))

    assert [line["params"] for line in rest] == [line["params"] for line in whole[3:]]
    assert [line["trial"] for line in rest] == [3, 4]
    assert tool.told == [(100 + k, pytest.approx(0.9 - k / 1000)) for k in range(5)]


def test_a_tool_that_changed_its_mind_is_not_told_of_other_trials():
    whole = list(comparison.search(Counting(comparison.SPACE, 0, 2), [], 2, measured))
    whole[1]["params"] = {**whole[1]["params"], "hidden1": 333}

    with pytest.raises(SystemExit, match="trial 1 of seed 0"):
        list(comparison.search(Counting(comparison.SPACE, 0, 2), whole, 2, measured))


def study(best_at, val_acc, test_acc, trials=80):
    """Write a study by hand: 0.5 but for one trial, and a later one that equals it."""
    dull = {"val_acc": 0.5, "test_acc": 0.4, "suggest_cpu_s": 0.25, "bits": "ab"}
    lines = [dict(dull) for _ in range(trials)]
    if trials > best_at:
        lines[best_at].update(val_acc=val_acc, test_acc=test_acc)
        lines[-1].update(val_acc=val_acc, test_acc=0.1)
    return lines


def test_the_table_has_means_with_intervals_and_leaves_out_what_is_not_whole():
    results = {
        "one": {0: study(30, 0.8, 0.7), 1: study(30, 0.9, 0.8), 2: study(3, 0.9, 0.1, trials=9)},
        "two": {},
    }

    head, _, one, two, blank, *notes = comparison.table(results).splitlines()

    assert "after 20 | best validation accuracy after 40" in head
    assert [cell.strip() for cell in one.split("|")[1:-1]] == [
        "one",
        "2",
        "0.5000 [0.5000, 0.5000]",
        "0.8500 [0.8000, 0.9000]",
        "0.8500 [0.8000, 0.9000]",
        "0.7500 [0.7000, 0.8000]",
        "0.25",
    ]
    assert two.count("|") == head.count("|")
    assert not blank
    assert notes == ["one: seed 2 has 9 trials and is left out"]


def test_the_table_says_where_trainings_are_not_comparable():
    other = [{**line, "bits": "cd"} for line in study(0, 0.8, 0.7)]

    said = comparison.table({"one": {0: study(0, 0.8, 0.7)}, "two": {0: other}})

    assert said.endswith("trainings of different arithmetic: ab, cd")
