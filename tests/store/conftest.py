from collections.abc import Iterator
from pathlib import Path

import pytest

from arncnn.store import Store


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """An empty store in a home of the test's own."""
    opened = Store.open()
    yield opened
    opened.close()
