"""The command line as a shell sees it."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from arncnn import cli
from arncnn.cli.progress import line


def arncnn(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "arncnn", *words],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | settings,
    )


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from arncnn.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'tensorflow', 'keras', 'numpy', 'streamlit', 'pandas'} & set(sys.modules)\n"
        "sys.stderr.write(' '.join(heavy))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.stderr == ""
    assert all(f"\n    {name}" in run.stdout for name in cli.COMMANDS)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_of_the_table_has_its_file_and_help(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module(f"arncnn.cli.{name}")
    assert callable(module.run)
    with pytest.raises(SystemExit, match="0"):
        cli.main([name, "--help"])
    assert f"arncnn {name}" in capsys.readouterr().out


def test_an_unknown_command_exits_with_2() -> None:
    run = arncnn("paint")
    assert run.returncode == 2
    assert "invalid choice: 'paint'" in run.stderr
    assert run.stdout == ""


def test_a_failure_is_one_line_on_standard_error_without_a_traceback(tmp_path: Path) -> None:
    run = arncnn("data", "fetch", "--from", str(tmp_path / "nothing"))
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.startswith("arncnn: There is no file or folder at")
    assert run.stderr.count("\n") == 1


def test_data_fetch_prints_one_json_object_and_nothing_else(
    tiny_folder: Path, tmp_path: Path
) -> None:
    first = arncnn("data", "fetch", "--from", str(tiny_folder), ARNCNN_HOME=str(tmp_path / "h"))
    result = json.loads(first.stdout)
    assert result["classes"] == {"Bar": 20, "Disc": 20, "Post": 20}
    assert result["is_medical_mnist"] is False
    assert "packing" in first.stderr
    again = arncnn("data", "fetch", ARNCNN_HOME=str(tmp_path / "h"), ARNCNN_DATA=str(tiny_folder))
    assert json.loads(again.stdout) == result
    assert again.stderr == ""


def test_data_show_prints_counts_duplicates_and_split_sizes(
    tiny_folder: Path, tmp_path: Path
) -> None:
    run = arncnn("data", "show", "--from", str(tiny_folder), ARNCNN_HOME=str(tmp_path / "h"))
    result = json.loads(run.stdout)
    paper, grouped = result["splits"]["paper"], result["splits"]["grouped-5"]
    assert (paper["train"], paper["validation"], paper["test"]) == (54, 3, 3)
    held = sum(grouped["folds"]) + grouped["calibration"] + grouped["validation"]
    assert held + grouped["copies_left_out"] == 60
    assert result["identical"]["groups"] == 0


def test_data_verify_fails_on_a_flipped_bit(tiny_folder: Path, tmp_path: Path) -> None:
    words, home = ("verify", "--from", str(tiny_folder)), str(tmp_path / "h")
    sound = json.loads(arncnn("data", *words, ARNCNN_HOME=home).stdout)
    assert sound["verified"] is True
    images = Path(sound["folder"]) / "images.npy"
    data = bytearray(images.read_bytes())
    data[-1] ^= 1
    images.chmod(0o600)
    images.write_bytes(data)
    run = arncnn("data", *words, ARNCNN_HOME=home)
    assert run.returncode == 1
    assert "damaged" in run.stderr


def test_a_closed_pipe_is_no_failure(tiny_folder: Path, tmp_path: Path) -> None:
    command = f"{sys.executable} -m arncnn data show --from {tiny_folder} | true"
    run = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"ARNCNN_HOME": str(tmp_path / "h")},
    )
    assert run.returncode == 0
    assert "Traceback" not in run.stderr


def test_the_bar_of_a_download_counts_in_megabytes() -> None:
    assert line("downloading", 2**20, 2**21).endswith(" 50% of 2.0 MB")
    assert line("downloading", 2**20, None) == "downloading 1.0 MB"
