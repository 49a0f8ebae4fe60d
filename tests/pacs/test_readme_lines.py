"""The README's lines from Debian's Orthanc to a scan that is answered do what they say."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.pacs import objects, orthanc
from tests.pacs.conftest import ROOT, in_time

pytestmark = pytest.mark.extra


def _lines() -> str:
    """The block as it stands, but for what installs."""
    section = (ROOT / "README.md").read_text().split("## Scans from an archive")[1]
    block = re.search(r"```\n(.*?)```", section, re.DOTALL)
    assert block is not None
    install, *rest = block[1].splitlines()
    assert install.startswith("apt-get install")
    assert len(rest) <= 11
    return "\n".join(rest)


def test_a_scan_sent_with_storescu_is_answered_by_a_report_in_orthanc(tmp_path: Path) -> None:
    if not orthanc.is_here():
        pytest.skip("Orthanc with DICOMweb and dcmtk are not installed")
    http, dicom = orthanc.free_port(), orthanc.free_port()
    script = _lines().replace('"DicomPort": 4242', f'"HttpPort": {http}, "DicomPort": 4242')
    script = script.replace("8042", str(http)).replace("4242", str(dicom))
    (tmp_path / "SCAN.dcm").write_bytes(objects.radiograph(1))
    environment = {
        **os.environ,
        "ARNCNN_HOME": str(tmp_path / "home"),
        "ARNCNN_PACS_LISTEN": f"127.0.0.1:{orthanc.free_port()}",
        "PYTHONPATH": str(ROOT),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    with (tmp_path / "log").open("wb") as log:
        shell = subprocess.Popen(
            ["bash", "-e", "-c", f"{script}\nwait"],
            cwd=tmp_path,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def is_answered() -> bool:
        found = requests.post(
            f"http://localhost:{http}/tools/find",
            json={"Level": "Instance", "Query": {"Modality": "SR"}},
            auth=("reader", "CHOOSE"),
            timeout=5,
        )
        return len(found.json()) == 1

    try:
        sent = "the scan was sent"
        assert in_time(lambda: shell.poll() is None and _said(tmp_path, "Running")), sent
        assert in_time(is_answered), (tmp_path / "log").read_text()[-2000:]
    finally:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()


def _said(folder: Path, words: str) -> bool:
    return words in (folder / "log").read_text()
