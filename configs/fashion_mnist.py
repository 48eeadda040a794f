"""Train a network on Fashion-MNIST: 28 x 28 pictures of ten kinds of clothes.

The images are read from the four IDX files of the data set, plain or gzipped. On Debian and Ubuntu
`apt-get install dataset-fashion-mnist` puts them where this script looks; elsewhere, download them
from https://github.com/zalandoresearch/fashion-mnist and name their folder with --data.

An ordinary training script: nothing in it knows of `tuner`. The last 10,000 training images are the
validation set; the test images are looked at once, at the end, and never steer the search.
"""

import argparse
import gzip
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

INSTALLED = Path("/usr/share/datasets/fashion-mnist")  # by Debian's dataset-fashion-mnist
VALIDATION = 10_000
PIXELS, CLASSES = 28 * 28, 10
GREY_MEAN, GREY_SD = 0.286, 0.353  # of the training images
IDX_BYTES = 0x08  # the IDX code of unsigned bytes


def read_arguments() -> argparse.Namespace:
    """Read the hyperparameters from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--batch_size", type=int, default=128)
    parser.add_argument("--width1", type=int, default=256, help="units of the first hidden layer")
    parser.add_argument("--width2", type=int, default=128, help="units of the second hidden layer")
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--weight_decay", type=float, default=0.0)
    parser.add_argument("--batch_norm", action="store_true")
    parser.add_argument("--optimizer", choices=["adamw", "sgd"], default="adamw")
    parser.add_argument("--momentum", type=float, default=0.9, help="of sgd")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--train_images", type=int, default=20_000, help="at most 50,000")
    parser.add_argument("--seed", type=int, default=0, help="of the weights and the batches")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--data", type=Path, default=INSTALLED, help="folder of the IDX files")
    return parser.parse_args()


def read_idx(folder: Path, name: str) -> torch.Tensor:
    """Read one IDX file of bytes, gzipped or plain: a magic number, the sizes, the bytes."""
    for path in (folder / f"{name}.gz", folder / name):
        if path.exists():
            raw = path.read_bytes()
            break
    else:
        sys.exit(
            f"{folder} holds neither {name}.gz nor {name}\n"
            "  on Debian or Ubuntu: apt-get install dataset-fashion-mnist\n"
            "  elsewhere: download the four files from "
            "https://github.com/zalandoresearch/fashion-mnist and give their folder with --data"
        )
    if path.suffix == ".gz":
        raw = gzip.decompress(raw)
    zeros, kind, dimensions = raw[:2], raw[2], raw[3]
    if zeros != b"\0\0" or kind != IDX_BYTES:
        sys.exit(f"{path} is not an IDX file of bytes")
    sizes = np.frombuffer(raw, dtype=">i4", count=dimensions, offset=4)
    values = np.frombuffer(raw, dtype=np.uint8, offset=4 + 4 * dimensions)
    return torch.from_numpy(values.reshape(sizes.tolist()).copy())


def read_images(folder: Path, part: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Give the images of `train` or `t10k` as standardised rows, and their labels."""
    images = read_idx(folder, f"{part}-images-idx3-ubyte").reshape(-1, PIXELS)
    labels = read_idx(folder, f"{part}-labels-idx1-ubyte")
    return (images.float() / 255 - GREY_MEAN) / GREY_SD, labels.long()


def build_network(args: argparse.Namespace) -> nn.Sequential:
    """Two hidden layers, each with batch norm or without."""
    parts: list[nn.Module] = []
    inputs = PIXELS
    for width in (args.width1, args.width2):
        parts.append(nn.Linear(inputs, width))
        if args.batch_norm:
            parts.append(nn.BatchNorm1d(width))
        parts += [nn.ReLU(), nn.Dropout(args.dropout)]
        inputs = width
    return nn.Sequential(*parts, nn.Linear(inputs, CLASSES))


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
    images, labels = (part.to(args.device) for part in read_images(args.data, "train"))
    validation = images[-VALIDATION:], labels[-VALIDATION:]
    count = min(args.train_images, len(images) - VALIDATION)
    images, labels = images[:count], labels[:count]
    network = build_network(args).to(args.device)
    optimizer = build_optimizer(network, args)
    loss = nn.CrossEntropyLoss()
    for epoch in range(1, args.epochs + 1):
        network.train()
        # A last batch of one image has no variance, which batch norm cannot take.
        for batch in torch.randperm(count)[: count // 2 * 2].split(args.batch_size):
            optimizer.zero_grad()
            loss(network(images[batch]), labels[batch]).backward()
            optimizer.step()
        said = f"epoch={epoch} val_acc={accuracy(network, *validation):.4f}"
        if epoch == args.epochs:
            test = (part.to(args.device) for part in read_images(args.data, "t10k"))
            said += f" test_acc={accuracy(network, *test):.4f}"
        print(said, flush=True)


if __name__ == "__main__":
    main()
