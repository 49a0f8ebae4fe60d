"""``python -m arncnn models``: which model reads, without a browser; the way back from damage."""

import json
from pathlib import Path

import pytest

from arncnn.cli import main
from arncnn.store import LOCAL_USER, Store
from tests.models.damage import flip
from tests.store.made_up import model_folder


@pytest.fixture
def two(home: Path, tmp_path: Path) -> tuple[str, str]:
    """The sums of two registered models, of which the first may serve."""
    store = Store.open()
    sums = [
        store.models.register(LOCAL_USER, model_folder(tmp_path / str(n), n)).sha256
        for n in range(2)
    ]
    store.models.judge(LOCAL_USER, sums[0], {"passes": True})
    store.close()
    return sums[0], sums[1]


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_models_are_listed_shown_promoted_and_rolled_back(
    two: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = two
    assert main(["models", "list"]) == 0
    listed = {row["id"]: row for row in _lines(capsys)}
    assert listed["bundled"]["is_in_service"] and listed["bundled"]["fault"] is None
    assert {row.get("sha256") for row in listed.values()} == {None, first, second}
    assert main(["models", "promote", first[:8], "--reason", "better"]) == 0
    assert _lines(capsys)[0]["in_service"] == first
    assert main(["models", "promote", second, "--reason", "also", "--despite-gate"]) == 0
    capsys.readouterr()
    assert main(["models", "show", second]) == 0
    shown = _lines(capsys)[0]
    assert shown["is_in_service"] and shown["description"]["seed"] == 7 and shown["gate"] is None
    assert main(["models", "rollback", "--reason", "worse"]) == 0
    assert _lines(capsys) == [{"action": "rollback", "in_service": first, "reason": "worse"}]


@pytest.mark.attack
def test_a_damaged_model_in_service_is_named_and_rolled_back_from(
    two: tuple[str, str], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, _ = two
    assert main(["models", "promote", first, "--reason", "better"]) == 0
    file = home / "models" / first / "model.json"
    flip(file, file.read_bytes().index(b'"recipe"') + 1, 0)
    capsys.readouterr()
    assert main(["models", "list"]) == 0
    fault = {row.get("sha256"): row["fault"] for row in _lines(capsys)}[first]
    assert fault.endswith(".")
    assert main(["store", "verify"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["serving"] is None
    assert found["problems"] == [f"The files of models:{first} are missing or altered."]
    assert main(["models", "rollback", "--reason", "damaged"]) == 0
    assert _lines(capsys)[0]["in_service"] is None


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["show", "nothing"], 2, "No registered model has that name"),
        (["promote", "", "--reason", "x"], 2, "No registered model has that name"),
        (["rollback", "--reason", "x"], 2, "nothing to roll back"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    two, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert main(["models", *words]) == code
    assert said in capsys.readouterr().err


def test_a_model_the_gate_does_not_pass_is_promoted_only_on_purpose(
    two: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "promote", two[1], "--reason", "unjudged"]) == 1
    assert "gate did not let this model pass" in capsys.readouterr().err
