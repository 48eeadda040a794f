"""Train a small network on the 8 x 8 handwritten digits that scikit-learn ships.

An ordinary training script: nothing in it knows of `tuner`. It prints its validation accuracy after
every epoch; the test images are looked at once, at the end, and never steer the search.
"""

import argparse

import torch
from sklearn.datasets import load_digits
from torch import nn

TRAIN, VALIDATION = 1000, 400  # of 1797 images; the rest is the test set


def read_arguments() -> argparse.Namespace:
    """Read the hyperparameters from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--width", type=int, default=64, help="units of a hidden layer")
    parser.add_argument("--layers", type=int, default=2, help="hidden layers")
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--optimizer", choices=["adamw", "sgd"], default="adamw")
    parser.add_argument("--momentum", type=float, default=0.9, help="of sgd")
    parser.add_argument("--weight_decay", type=float, default=0.0)
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seed", type=int, default=0, help="of the weights and the batches")
    return parser.parse_args()


def read_images() -> tuple[torch.Tensor, torch.Tensor]:
    """Give the images as (n, 64) in [0, 1] and their labels, in an order that never changes."""
    digits = load_digits()
    order = torch.randperm(len(digits.target), generator=torch.Generator().manual_seed(0))
    images = torch.tensor(digits.data, dtype=torch.float32) / 16
    return images[order], torch.tensor(digits.target)[order]


def build_network(width: int, layers: int, dropout: float) -> nn.Sequential:
    """Stack `layers` hidden layers between 64 pixels and 10 classes."""
    parts: list[nn.Module] = []
    inputs = 64
    for _ in range(layers):
        parts += [nn.Linear(inputs, width), nn.ReLU(), nn.Dropout(dropout)]
        inputs = width
    return nn.Sequential(*parts, nn.Linear(inputs, 10))


def build_optimizer(network: nn.Module, args: argparse.Namespace) -> torch.optim.Optimizer:
    """Give the optimizer that was asked for."""
    if args.optimizer == "sgd":
        return torch.optim.SGD(
            network.parameters(),
            lr=args.lr,
            momentum=args.momentum,
            weight_decay=args.weight_decay,
        )
    return torch.optim.AdamW(network.parameters(), lr=args.lr, weight_decay=args.weight_decay)


@torch.no_grad()
def accuracy(network: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Give the share of images that are named rightly."""
    network.eval()
    return (network(images).argmax(1) == labels).float().mean().item()


def main() -> None:
    """Train, and say after each epoch how it goes."""
    args = read_arguments()
    torch.set_num_threads(1)  # several trials share the machine
    torch.manual_seed(args.seed)
    images, labels = read_images()
    train, validation, test = (
        slice(0, TRAIN),
        slice(TRAIN, TRAIN + VALIDATION),
        slice(TRAIN + VALIDATION, None),
    )
    network = build_network(args.width, args.layers, args.dropout)
    optimizer = build_optimizer(network, args)
    loss = nn.CrossEntropyLoss()
    for epoch in range(1, args.epochs + 1):
        network.train()
        for batch in torch.randperm(TRAIN).split(args.batch_size):
            optimizer.zero_grad()
            loss(network(images[train][batch]), labels[train][batch]).backward()
            optimizer.step()
        val_acc = accuracy(network, images[validation], labels[validation])
        print(f"epoch={epoch} val_acc={val_acc:.4f}", flush=True)
    print(f"test_acc={accuracy(network, images[test], labels[test]):.4f}")


if __name__ == "__main__":
    main()
