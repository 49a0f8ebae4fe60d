"""TensorFlow's libraries can be mapped before its import, which then finds them and reads alike."""

import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

from arncnn.network import libraries_ahead

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import sys
from arncnn.network import libraries_ahead
libraries_ahead.load()
mapped = open("/proc/self/maps").read()
assert all(name in mapped for name in libraries_ahead._LIBRARIES)
assert "tensorflow" not in sys.modules
from arncnn.cli import main
sys.exit(main(["read", "assets/samples/Hand.png"]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the libraries have these names on Linux")
def test_the_import_finds_them_and_the_model_proves_itself() -> None:
    run = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, timeout=200
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == "" and '"label": "Hand"' in run.stdout


def test_without_them_the_import_does_it_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").touch()
    here = PathFinder.find_spec
    monkeypatch.setattr(PathFinder, "find_spec", lambda name: here(name, [str(tmp_path)]))
    libraries_ahead.load()
    monkeypatch.setattr(PathFinder, "find_spec", lambda name: None)
    libraries_ahead.load()
