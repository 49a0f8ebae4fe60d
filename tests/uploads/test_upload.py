"""What becomes of an upload: its account in words, and that it goes with a case that is deleted."""

from io import BytesIO
from pathlib import Path

import pytest

from arncnn.store import LOCAL_USER, Store
from arncnn.uploads.spool import Given, Spool
from arncnn.uploads.upload import Upload
from tests.intake import made
from tests.store.made_up import new_case

FILES = tuple(made.dicom(made.ramp(40 + number, 48)) for number in range(3))


@pytest.fixture
def store(home: Path) -> Store:
    """A store in an empty home."""
    return Store.open()


def _upload(*files: bytes) -> Upload:
    given = [Given(BytesIO(data), f"{place}.dcm", len(data)) for place, data in enumerate(files)]
    return Spool().add("anna", given)


def _holders(home: Path, content: bytes) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and content in path.read_bytes()]


def test_a_deleted_case_takes_its_upload_along(store: Store, home: Path) -> None:
    case = store.cases.add(LOCAL_USER, new_case(1))
    kept, other = _upload(FILES[0]), _upload(FILES[1])
    kept.record(case.id, None)
    other.record(store.cases.add(LOCAL_USER, new_case(2)).id, None)
    assert _holders(home, FILES[0])
    store.cases.delete(LOCAL_USER, case.id)
    assert not _holders(home, FILES[0])
    assert _holders(home, FILES[1]), "another upload stays for its other frames"
    kept.cancel()  # a press that comes late does no harm
    assert kept.account() == "1 file: 1 read."


def test_an_upload_that_is_still_read_goes_when_it_is_over(store: Store, home: Path) -> None:
    case = store.cases.add(LOCAL_USER, new_case(1))
    work = _upload(*FILES)
    work.record(case.id, None)
    store.cases.delete(LOCAL_USER, case.id)
    work.next_item.open()
    work.record(None, "It holds no image.")
    assert _holders(home, FILES[2])
    work.cancel()
    assert not any(_holders(home, content) for content in FILES)
    assert work.account() == "3 files: 1 read, 1 not readable, 1 left out after cancelling."


def test_what_expires_and_what_a_crash_left_goes_too(store: Store, home: Path) -> None:
    old = store.cases.add(LOCAL_USER, new_case(1), now=0.0)
    first, second = _upload(FILES[0]), _upload(FILES[1])
    first.record(old.id, None)
    second.record("gone before", None)
    assert store.cases.expire(LOCAL_USER, days=1) == 1
    assert not _holders(home, FILES[0]) and not _holders(home, FILES[1])
