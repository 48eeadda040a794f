from pathlib import Path

import pytest

collect_ignore_glob = ["fixtures/make_*.py"]  # they need the tools that they are for


@pytest.fixture
def fixtures():
    """Files that the tools themselves wrote; beside them the scripts that had them do it."""
    return Path(__file__).parent / "fixtures"
