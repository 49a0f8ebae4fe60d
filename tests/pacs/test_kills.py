"""A short campaign of kills: our process, its receiver and Orthanc; nothing lost or doubled."""

from pathlib import Path

import pytest

from tests.chaos.pacs import campaign
from tests.pacs import orthanc


@pytest.mark.extra
def test_kills_lose_nothing_double_nothing_and_answer_nothing_wrongly(tmp_path: Path) -> None:
    if not orthanc.is_here():
        pytest.skip("Orthanc with DICOMweb and dcmtk are not installed")
    found = campaign(tmp_path, objects_=30, kills=4)
    assert found.objects == 30
    assert found.is_well, found
