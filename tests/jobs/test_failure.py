"""Why trainings fail, in words."""

import errno
import json

import pytest

from arncnn.jobs import failure


@pytest.mark.parametrize(
    ("log", "exit_code", "device", "words", "may_pass"),
    [
        (
            "Traceback\nRESOURCE_EXHAUSTED: OOM when allocating",
            1,
            "gpu:0@a",
            "graphics memory",
            False,
        ),
        ("numpy: MemoryError: Unable to allocate", 1, "cpu:0@a", "ran out of memory", False),
        ("OSError: [Errno 28] No space left on device", 1, "cpu:0@a", "disk is full", False),
        ("", -9, "cpu:0@a", "was killed", True),
        ("", -11, "cpu:0@a", "signal 11", True),
        ("", None, "cpu:0@a", "without a message", True),
        ("ValueError: x", 1, "cpu:0@a", "exit code 1", True),
        ("arncnn: There is no data.", 1, "cpu:0@a", "There is no data.", False),
    ],
)
def test_the_end_of_a_log_becomes_a_sentence(
    log: str, exit_code: int | None, device: str, words: str, may_pass: bool
) -> None:
    reason = failure.of_log(log, exit_code, device)
    assert words in reason.sentence
    assert reason.may_pass is may_pass


def test_the_trainers_own_words_come_first() -> None:
    log = "OOM when allocating\n" + json.dumps({"event": "failed", "reason": "The loss rose."})
    assert failure.of_log(log, 1).sentence == "The loss rose."


def test_a_traceback_never_reaches_a_person() -> None:
    log = 'Traceback (most recent call last):\n  File "/home/x/secret.py", line 1\nKeyError: 1'
    sentence = failure.of_log(log, 1).sentence
    assert "Traceback" not in sentence and "secret" not in sentence


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_known_by_its_number(number: int) -> None:
    assert "disk is full" in failure.of_exception(OSError(number, "x")).sentence


def test_a_memory_error_leaves_the_model_in_service_untouched() -> None:
    assert "model in service is untouched" in failure.of_exception(MemoryError()).sentence
