"""Torch works for us without a trace, and what it cannot do it says in our words."""

import warnings

import pytest
import torch
from botorch.exceptions.errors import ModelFittingError
from linear_operator.utils.errors import NotPSDError

from tuner.errors import FitError, UsageError
from tuner.surrogates.laboratory import factor, laboratory
from tuner.surrogates.spec import GaussianProcess
from tuner.surrogates.tensors import place_for


def test_global_random_state_and_threads_are_as_before():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    threads = torch.get_num_threads()

    with laboratory(rows=10):
        torch.manual_seed(99)
        torch.rand(100)
        assert torch.get_num_threads() == 1

    assert torch.get_num_threads() == threads
    assert torch.equal(torch.rand(3), expected)


def test_warnings_of_libraries_are_not_shown(recwarn):
    with laboratory(rows=10):
        warnings.warn("A not p.d., added jitter", stacklevel=1)

    assert not recwarn.list


@pytest.mark.parametrize(
    "error",
    [
        NotPSDError("Matrix not positive definite\nand more"),
        ModelFittingError("All attempts failed"),
        torch.linalg.LinAlgError("singular"),
        torch.cuda.OutOfMemoryError("out of memory"),
    ],
)
def test_numerical_failures_become_fit_errors_of_one_line(error):
    with pytest.raises(FitError) as caught, laboratory(rows=10):
        raise error

    assert "\n" not in str(caught.value)


def test_a_bug_stays_a_bug():
    with pytest.raises(ZeroDivisionError), laboratory(rows=10):
        raise ZeroDivisionError


@pytest.mark.parametrize("deficit", [1e-9, 1e-6, 5e-3])
def test_a_matrix_that_misses_a_little_is_helped_by_jitter(deficit):
    K = torch.diag(torch.tensor([1.0, 1.0, -deficit], dtype=torch.float64))

    L = factor(K)

    assert torch.allclose(L @ L.mT, K, atol=1.1e-2)


@pytest.mark.parametrize("K", [-torch.eye(3), torch.full((3, 3), torch.nan)])
def test_a_matrix_beyond_help_is_a_fit_error(K):
    with pytest.raises(FitError, match="jitter of 1e-2"):
        factor(K)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_gpu_that_is_not_there_is_a_clear_error():
    with pytest.raises(UsageError, match="PyTorch sees no CUDA GPU") as caught:
        place_for(GaussianProcess(device="cuda"), rows=10)

    assert "device: auto" in caught.value.hint


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="this machine has an Apple GPU")
def test_an_apple_gpu_that_is_not_there_is_a_clear_error():
    with pytest.raises(UsageError, match="PyTorch sees no Apple GPU"):
        place_for(GaussianProcess(device="mps"), rows=10)


@pytest.mark.parametrize(
    ("spare", "rows", "device"),
    [(False, 5000, "cpu"), (True, 100, "cpu"), (True, 5000, "cuda")],
)
def test_auto_takes_a_gpu_only_when_it_is_spare_and_pays(monkeypatch, spare, rows, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)

    place = place_for(GaussianProcess(device="auto", spare_gpu=spare), rows)

    assert place.fit.type == place.home.type == device


def test_an_apple_gpu_fits_in_single_precision_and_the_model_lives_on_the_cpu(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)

    place = place_for(GaussianProcess(device="mps"), rows=10)

    assert (place.fit.type, place.fit_dtype, place.home.type) == ("mps", torch.float32, "cpu")
