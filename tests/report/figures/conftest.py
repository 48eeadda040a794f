import pytest

from tests.report.figures.studies import HISTORIES, subject_of


@pytest.fixture(scope="session")
def subjects():
    return {name: subject_of(make()) for name, make in HISTORIES.items()}
