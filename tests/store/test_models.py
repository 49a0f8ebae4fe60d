import threading
from pathlib import Path

import pytest

from arncnn.errors import ModelError, PermissionDenied, StoreError, UsageError
from arncnn.store import LOCAL_USER, Actor, Role, Store
from arncnn.store.audit import AuditFilter
from arncnn.store.verify import verify
from tests.store.made_up import ADA, APOLLO, TILDA, model_folder

TRAINING_APPROVER = Actor("t@clinic.example", frozenset({Role.TRAINER, Role.APPROVER}))


@pytest.fixture
def two(store: Store, tmp_path: Path) -> tuple[str, str]:
    """Two registered models that passed the gate."""
    models = [store.models.register(TILDA, model_folder(tmp_path / str(n), n)) for n in range(2)]
    for model in models:
        store.models.judge(TILDA, model.sha256, {"passes": True, "why": []})
    return models[0].sha256, models[1].sha256


def test_a_registered_model_is_copied_and_the_same_content_is_one_model(
    store: Store, tmp_path: Path
) -> None:
    folder = model_folder(tmp_path / "candidate")
    first = store.models.register(TILDA, folder)
    (folder / "history.csv").write_text("altered later")
    again = store.models.register(TILDA, model_folder(tmp_path / "copy"))
    assert again.sha256 == first.sha256
    assert (first.folder / "history.csv").read_text() == "epoch,loss\n1,0\n"
    assert store.models.get(TILDA, first.sha256).description["seed"] == 7
    assert len(store.models.list(TILDA)) == 1
    with pytest.raises(ModelError, match="altered"):
        store.models.register(TILDA, folder)


def test_promoting_and_rolling_back_is_a_stack_down_to_the_bundled_model(
    store: Store, two: tuple[str, str]
) -> None:
    first, second = two
    served = [store.models.serving()]
    tokens = [store.models.serving_token()]
    for step in (
        lambda: store.models.promote(APOLLO, first, "better"),
        lambda: store.models.promote(APOLLO, second, "better still"),
        lambda: store.models.rollback(APOLLO, "worse on hands"),
        lambda: store.models.promote(APOLLO, second, "fixed"),
        lambda: store.models.rollback(APOLLO, "not fixed"),
        lambda: store.models.rollback(APOLLO, "back to the start"),
    ):
        step()
        served.append(store.models.serving())
        tokens.append(store.models.serving_token())
    assert [s and s.sha256 for s in served] == [None, first, second, first, second, first, None]
    assert tokens == [0, 1, 2, 3, 4, 5, 6]
    with pytest.raises(UsageError, match="nothing to roll back"):
        store.models.rollback(APOLLO, "again")
    history = store.models.history(APOLLO)
    assert [change.action for change in history][:2] == ["rollback", "rollback"]
    assert history[-1].reason == "better"
    lines = store.audit.entries(ADA, AuditFilter(subject="aliases:serving")).entries
    assert [line.action for line in lines] == [f"model.{change.action}" for change in history]
    assert verify(store, ADA).is_intact


def test_with_accounts_who_started_a_training_does_not_promote_its_model(
    store: Store, tmp_path: Path
) -> None:
    job = store.jobs.submit(TRAINING_APPROVER, {})
    model = store.models.register(TILDA, model_folder(tmp_path / "m"), job_id=job.id)
    assert model.started_by == TRAINING_APPROVER.name
    store.models.judge(TILDA, model.sha256, {"passes": True})
    with pytest.raises(PermissionDenied, match="Someone other"):
        store.models.promote(TRAINING_APPROVER, model.sha256, "mine")
    assert store.models.serving() is None
    store.models.promote(APOLLO, model.sha256, "looks well")


def test_the_local_user_may_do_both(store: Store, tmp_path: Path) -> None:
    model = store.models.register(LOCAL_USER, model_folder(tmp_path / "m"))
    store.models.judge(LOCAL_USER, model.sha256, {"passes": True})
    store.models.promote(LOCAL_USER, model.sha256, "alone here")
    assert store.models.serving().sha256 == model.sha256


def test_a_model_the_gate_does_not_pass_is_promoted_only_on_purpose(
    store: Store, tmp_path: Path
) -> None:
    sha256 = store.models.register(TILDA, model_folder(tmp_path / "m")).sha256
    with pytest.raises(ModelError, match="gate"):
        store.models.promote(APOLLO, sha256, "unjudged")
    store.models.judge(TILDA, sha256, {"passes": False, "why": ["Hand is worse"]})
    with pytest.raises(ModelError, match="gate"):
        store.models.promote(APOLLO, sha256, "judged")
    store.models.promote(APOLLO, sha256, "we know", despite_gate=True)
    assert store.audit.entries(ADA).entries[0].detail["passes_gate"] is False


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_promotion_and_rollback_need_a_reason(store: Store, two, reason: str) -> None:
    with pytest.raises(UsageError, match="Give a reason"):
        store.models.promote(APOLLO, two[0], reason)
    with pytest.raises(UsageError, match="Give a reason"):
        store.models.rollback(APOLLO, reason)


def test_an_altered_model_is_neither_promoted_nor_served(store: Store, two) -> None:
    first, second = two
    store.models.promote(APOLLO, first, "good")
    (store.folder / "models" / second / "history.csv").write_text("altered")
    with pytest.raises(ModelError, match="altered"):
        store.models.promote(APOLLO, second, "good")
    assert store.models.serving().sha256 == first
    (store.folder / "models" / first / "history.csv").write_text("altered")
    with pytest.raises(ModelError, match="altered"):
        store.models.serving()
    assert len(verify(store, ADA).problems) == 2


def test_a_failed_promotion_leaves_alias_history_and_audit_as_they_were(
    store: Store, two, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.models.promote(APOLLO, two[0], "good")
    before = (store.models.serving(), store.models.history(APOLLO), store.audit.head(ADA))

    def fail(*_arguments, **_words):
        raise StoreError("The disk is full.")

    monkeypatch.setattr("arncnn.store.audit.record", fail)
    with pytest.raises(StoreError, match="full"):
        store.models.promote(APOLLO, two[1], "good")
    assert before == (store.models.serving(), store.models.history(APOLLO), store.audit.head(ADA))


def test_another_dashboard_sees_a_promotion_at_its_next_look(store: Store, two) -> None:
    other = Store.open()
    assert other.models.serving_token() == 0
    store.models.promote(APOLLO, two[1], "good")
    assert other.models.serving_token() == 1
    assert other.models.serving().sha256 == two[1]


def test_many_promotions_at_once_all_count_in_some_order(store: Store, two) -> None:
    def swap() -> None:
        own = Store.open()
        for _ in range(3):
            for sha256 in two:
                try:
                    own.models.promote(APOLLO, sha256, "now")
                except UsageError:  # the other thread has just promoted it
                    continue

    threads = [threading.Thread(target=swap) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tokens = [change.token for change in store.models.history(APOLLO)]
    assert tokens == list(range(len(tokens), 0, -1))
    assert store.models.serving_token() == len(tokens) > 2
    assert verify(store, ADA).is_intact


def test_what_is_decided_on_an_earlier_look_is_refused(store: Store, two) -> None:
    first, second = two
    seen = store.models.serving_token()
    store.models.promote(APOLLO, first, "good", expected_token=seen)
    with pytest.raises(UsageError, match="in the meantime; nothing was changed"):
        store.models.promote(APOLLO, second, "good", despite_gate=True, expected_token=seen)
    now = store.models.serving_token()
    store.models.promote(APOLLO, second, "good", expected_token=now)
    store.models.rollback(APOLLO, "worse", expected_token=store.models.serving_token())
    with pytest.raises(UsageError, match="in the meantime; nothing was changed"):
        store.models.rollback(APOLLO, "worse", expected_token=now)
    assert store.models.serving().sha256 == first


def test_the_audit_says_what_the_gate_says_of_the_model_in_service_now(store: Store, two) -> None:
    first, second = two
    store.models.promote(APOLLO, first, "good")
    assert _gate_in_audit(store) == (True, False)
    store.models.judge(TILDA, second, {"passes": True, "serving": {"sha256": "0" * 64}})
    store.models.promote(APOLLO, second, "compared with the bundled one", despite_gate=True)
    assert _gate_in_audit(store) == (False, True), "its comparison was with another model"


def _gate_in_audit(store: Store) -> tuple[bool, bool]:
    detail = store.audit.entries(ADA).entries[0].detail
    return detail["passes_gate"], detail["despite_gate"]


@pytest.mark.attack
def test_rolling_back_passes_over_models_whose_files_are_damaged(
    store: Store, two: tuple[str, str]
) -> None:
    for sha256 in two:
        store.models.promote(APOLLO, sha256, "good")
        (store.folder / "models" / sha256 / "model.json").write_text("damaged")
    assert store.models.in_service() == two[1]
    change = store.models.rollback(APOLLO, "both are damaged")
    assert change.model_sha256 is None and store.models.serving() is None
    assert store.models.serving_token() == 4
    lines = store.audit.entries(ADA, AuditFilter(action="model.rollback")).entries
    assert [line.detail.get("passed_over", False) for line in lines] == [False, True]
    with pytest.raises(UsageError, match="nothing to roll back"):
        store.models.rollback(APOLLO, "again")


def test_rolling_back_to_nothing_that_can_be_used_changes_nothing(
    store: Store, two: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store.models.promote(APOLLO, two[0], "good")
    monkeypatch.setenv("ARNCNN_MODEL", str(tmp_path / "gone"))
    with pytest.raises(ModelError, match="no model in this folder"):
        store.models.rollback(APOLLO, "worse")
    assert store.models.serving().sha256 == two[0] and store.models.serving_token() == 1
