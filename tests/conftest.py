"""What every test gets: one thread for arithmetic, and no study of the developer's in the way."""

import os

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy or torch is imported; on two cores more threads cost

import pytest  # noqa: E402  the threads come first


@pytest.fixture(autouse=True)
def _no_study_by_accident(monkeypatch):
    monkeypatch.delenv("TUNER_STUDY", raising=False)
    for name in list(os.environ):
        if name.startswith("TUNER_"):
            monkeypatch.delenv(name)
