"""``python -m arncnn jobs``: what the retraining page does, without a browser."""

import json

import pytest

from arncnn.cli import main
from arncnn.jobs import single
from arncnn.store import LOCAL_USER
from arncnn.store.job import State
from tests.jobs.conftest import Stage


@pytest.fixture(autouse=True)
def _no_bundled_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARNCNN_MODEL", "/nowhere")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_training_is_queued_listed_shown_cancelled_and_retried(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["jobs", "start", "--recipe", "robust", "--epochs", "2", "--yes"]) == 0
    job = lines(capsys)[0]
    assert (job["state"], job["recipe"]) == ("queued", "robust")
    assert main(["jobs", "list"]) == 0
    assert [row["id"] for row in lines(capsys)] == [job["id"]]
    assert main(["jobs", "cancel", job["id"]]) == 0
    assert lines(capsys)[0]["state"] == "cancelled"
    assert main(["jobs", "show", job["id"]]) == 0
    shown = lines(capsys)
    assert [row["kind"] for row in shown[:-1]] == ["cancelled"]
    assert shown[-1]["spec"]["epochs"] == 2
    assert main(["jobs", "retry", job["id"]]) == 0
    assert stage.store.jobs.get(LOCAL_USER, job["id"]).state is State.QUEUED


def test_a_dry_run_queues_nothing(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", "start", "--dry-run"]) == 0
    assert lines(capsys)[0]["spec"]["recipe"] == "fine-tune"
    assert stage.store.jobs.list(LOCAL_USER).total == 0


def test_a_nightly_run_without_corrections_does_nothing(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["jobs", "start", "--only-if-corrected", "10", "--yes"]) == 0
    assert "Nothing to do: 0 corrections" in capsys.readouterr().err
    assert stage.store.jobs.list(LOCAL_USER).total == 0


@pytest.mark.parametrize(("source", "code"), [(None, 0), ("memory", 1)])
def test_waiting_for_a_training_tells_by_the_exit_code_whether_there_is_a_model(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    source: str | None,
    code: int,
) -> None:
    supervisor = stage.supervisor()
    monkeypatch.setattr(single, "ensure_supervised", lambda store: supervisor.tick())
    options = [] if source is None else ["--from", source]
    assert main(["jobs", "start", "--epochs", "1", "--yes", "--wait", *options]) == code
    printed = capsys.readouterr()
    job = json.loads(printed.out.splitlines()[-1])
    assert job["state"] == ("failed" if code else "succeeded")
    assert printed.err.splitlines()[-1].startswith("arncnn: The training failed.") == bool(code)
    assert main(["jobs", "show", job["id"]]) == 0
    assert main(["jobs", "show", job["id"], "--follow"]) == code


def test_without_a_terminal_a_training_must_be_confirmed(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["jobs", "start"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert stage.store.jobs.list(LOCAL_USER).total == 0


def test_an_unknown_job_is_one_line_on_standard_error(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["jobs", "stop", "nothing"]) == 1
    assert capsys.readouterr().err == "arncnn: There is no such job.\n"


def test_the_help_says_how_to_train_every_night(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["jobs", "--help"])
    shown = capsys.readouterr().out
    assert "0 2 * * *" in shown and "--yes --wait" in shown
