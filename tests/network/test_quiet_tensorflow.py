"""TensorFlow's start-up notes stay off standard error; what else is written there arrives."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from arncnn.network.quiet_tensorflow import LEVEL, without_notes
from tests.two_threads import overlap

ROOT = Path(__file__).resolve().parents[2]
NOTES = (
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
    "I0000 00:00:1795856366.196838   18533 port.cc:153] oneDNN custom operations are on.",
    "E0000 00:00:1795856375.593187   18533 cuda_platform.cc:52] failed call to cuInit: INTERNAL",
    "2026-02-02 02:40:00.123456: I tensorflow/core/platform/cpu_feature_guard.cc:210] optimized.",
    "To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow.",
)
WORDS = ("reading 3 of 9", "F0000 00:00:17958 1 cpu_feature_guard.cc:40] no AVX here", "In all 2.")


def _python(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name != LEVEL}
    return subprocess.run(
        [sys.executable, *words], env=clean | settings, cwd=ROOT, capture_output=True, text=True,
        timeout=200,
    )  # fmt: skip


def _write_all() -> None:
    for line in (*NOTES, *WORDS):
        os.write(2, f"{line}\n".encode())


def test_notes_are_kept_back_and_all_else_is_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    with without_notes():
        _write_all()
    assert capfd.readouterr().err.splitlines() == list(WORDS)
    os.write(2, b"after it\n")
    assert capfd.readouterr().err == "after it\n"


def test_all_of_it_is_shown_when_the_import_fails(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ImportError, match="no such library"), without_notes():
        _write_all()
        raise ImportError("no such library")
    assert capfd.readouterr().err.splitlines() == [*NOTES, *WORDS]


def test_two_threads_that_overlap_leave_standard_error_where_it_was(
    capfd: pytest.CaptureFixture[str],
) -> None:
    overlap(without_notes, waited_s=0.3)
    os.write(2, b"after both\n")
    assert capfd.readouterr().err == "after both\n"


def test_reading_a_file_prints_nothing_but_its_own_words() -> None:
    run = _python("-m", "arncnn", "read", "assets/samples/Hand.png")
    assert run.stderr == ""
    assert json.loads(run.stdout)["label"] == "Hand"


def test_who_asks_tensorflow_to_talk_hears_it() -> None:
    code = "import arncnn, tensorflow"
    assert "oneDNN" in _python("-c", code, **{LEVEL: "0"}).stderr
    assert _python("-c", code).stderr == ""


def test_a_standard_error_that_is_closed_disturbs_nothing() -> None:
    code = "import os; os.close(2); import arncnn, keras; print(keras.backend.backend())"
    assert _python("-c", code, KERAS_BACKEND="tensorflow").stdout == "tensorflow\n"
