from pathlib import Path

import numpy as np
import pytest

from arncnn.data.approved_corrections import LEARNED, ApprovedCorrections
from arncnn.errors import PermissionDenied, StoreError, UsageError
from arncnn.store import LOCAL_USER, Actor, Role, Store
from arncnn.store import training_examples as examples
from arncnn.store.seals import seal_of
from arncnn.store.tables import CaseRow
from arncnn.store.verify import verify
from tests.store.made_up import ADA, ANNA, APOLLO, BERT, TILDA, new_case, pixels

BOTH = Actor("both@clinic.example", frozenset({Role.CLINICIAN, Role.APPROVER}))


def test_saying_nothing_else_calls_the_reading_right(store: Store) -> None:
    case = store.cases.add(ANNA, new_case(1))
    said = store.corrections.submit(ANNA, case.id)
    assert (said.is_right, said.label, said.answer, said.state) == (True, "CXR", "CXR", "pending")
    wrong = store.corrections.submit(BERT, case.id, label="Hand", note="a ring")
    assert (wrong.is_right, wrong.label, wrong.note) == (False, "Hand", "a ring")


def test_naming_the_class_that_was_read_is_right_too(store: Store) -> None:
    case = store.cases.add(ANNA, new_case(1))
    assert store.corrections.submit(ANNA, case.id, label="CXR").is_right


def test_none_of_these_has_no_class_and_a_refusal_is_right_of_it_and_of_no_class(
    store: Store,
) -> None:
    case = store.cases.add(ANNA, new_case(1, label=None, reading_verdict="refuse"))
    with pytest.raises(UsageError, match="refused"):
        store.corrections.submit(ANNA, case.id)
    said = store.corrections.submit(ANNA, case.id, is_none_of_these=True)
    assert (said.label, said.answer, said.is_right) == (None, "none of these", True)
    said = store.corrections.submit(ANNA, case.id, label="Hand")
    assert not said.is_right


def test_a_later_word_of_the_same_person_replaces_the_earlier_and_its_approval(
    store: Store,
) -> None:
    case = store.cases.add(ANNA, new_case(1))
    first = store.corrections.submit(ANNA, case.id, label="Hand")
    store.corrections.review(APOLLO, first.id, approve=True, weight=3.0)
    second = store.corrections.submit(ANNA, case.id, label="HeadCT")
    assert (second.id, second.state, second.weight) == (first.id, "pending", 1.0)
    opinions = store.corrections.of_case(ANNA, case.id)
    assert [said.label for said in opinions.corrections] == ["HeadCT"]
    assert [review.decision for review in opinions.reviews] == ["approved"]


def test_agreement_and_disagreement_of_two_people_are_told(store: Store) -> None:
    case = store.cases.add(ANNA, new_case(1))
    store.corrections.submit(ANNA, case.id, label="Hand")
    assert store.corrections.of_case(ANNA, case.id).is_agreed is None
    store.corrections.submit(BERT, case.id, label="Hand")
    assert store.corrections.of_case(ANNA, case.id).is_agreed is True
    store.corrections.submit(BERT, case.id, is_none_of_these=True)
    opinions = store.corrections.of_case(ANNA, case.id)
    assert opinions.is_agreed is False
    assert dict(opinions.counts) == {"Hand": 1, "none of these": 1}


def test_the_queue_lists_what_waits_oldest_first(store: Store) -> None:
    cases = store.cases.add_all(ANNA, [new_case(number) for number in range(3)])
    said = [store.corrections.submit(ANNA, case.id, label="Hand") for case in reversed(cases)]
    store.corrections.review(APOLLO, said[1].id, approve=False, reason="blurred")
    waiting, total = store.corrections.queue(APOLLO)
    assert [opinions.case.id for opinions in waiting] == [cases[2].id, cases[0].id]
    assert total == 2
    assert store.corrections.queue(APOLLO, state=None)[1] == 3


def test_with_accounts_nobody_decides_on_their_own_correction(store: Store) -> None:
    case = store.cases.add(ANNA, new_case(1))
    said = store.corrections.submit(BOTH, case.id, label="Hand")
    with pytest.raises(PermissionDenied, match="second person"):
        store.corrections.review(BOTH, said.id, approve=True)
    alone = store.corrections.submit(LOCAL_USER, case.id, label="Hand")
    assert store.corrections.review(LOCAL_USER, alone.id, approve=True).state == "approved"


def test_two_approved_corrections_of_one_scan_cannot_contradict(store: Store) -> None:
    case = store.cases.add(ANNA, new_case(1))
    again = store.cases.add(ANNA, new_case(1, reading_model={"id": "b", "sha256": "b" * 64}))
    first = store.corrections.submit(ANNA, case.id, label="Hand")
    second = store.corrections.submit(BERT, again.id, label="HeadCT")
    store.corrections.review(APOLLO, first.id, approve=True)
    with pytest.raises(StoreError, match="disagrees"):
        store.corrections.review(APOLLO, second.id, approve=True)
    store.corrections.review(APOLLO, first.id, approve=False)
    assert store.corrections.review(APOLLO, second.id, approve=True).state == "approved"


def test_only_the_author_takes_a_word_back(store: Store) -> None:
    case = store.cases.add(ANNA, new_case(1))
    said = store.corrections.submit(ANNA, case.id, label="Hand")
    store.corrections.review(APOLLO, said.id, approve=True)
    with pytest.raises(PermissionDenied, match="Only its author"):
        store.corrections.withdraw(BERT, said.id)
    store.corrections.withdraw(ANNA, said.id)
    assert store.corrections.of_case(ANNA, case.id).corrections == ()
    assert verify(store, ADA).is_intact


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ({"label": "Hand", "is_none_of_these": True}, "not both"),
        ({"label": "1; DROP TABLE"}, "class name"),
        ({"label": "x" * 41}, "class name"),
        ({"label": "Hand", "note": "n" * 501}, "Do not write names"),
    ],
)
def test_a_word_out_of_bounds_is_refused_with_the_reason(store: Store, words, match) -> None:
    case = store.cases.add(ANNA, new_case(1))
    with pytest.raises(UsageError, match=match):
        store.corrections.submit(ANNA, case.id, **words)


@pytest.mark.parametrize("weight", [0.0, -1.0, 101.0, float("nan")])
def test_a_weight_out_of_bounds_is_refused(store: Store, weight: float) -> None:
    case = store.cases.add(ANNA, new_case(1))
    said = store.corrections.submit(ANNA, case.id, label="Hand")
    with pytest.raises(UsageError, match="weight"):
        store.corrections.review(APOLLO, said.id, approve=True, weight=weight)


def test_approved_corrections_become_the_examples_the_trainer_reads(store: Store, tmp_path) -> None:
    answers = [{"label": "Hand"}, {"is_none_of_these": True}, {"label": "Knee"}, {"label": "CXR"}]
    cases = store.cases.add_all(
        ANNA, [new_case(n, views=2 if n == 0 else 1) for n in range(len(answers))]
    )
    for case, answer in zip(cases, answers, strict=True):
        said = store.corrections.submit(ANNA, case.id, **answer)
        if answer != {"label": "CXR"}:  # the last one stays undecided
            store.corrections.review(APOLLO, said.id, approve=True, weight=4.0)
    file = tmp_path / "corrections.npz"
    made = examples.export(store, TILDA, ("CXR", "Hand"), file)
    read = ApprovedCorrections.load(file)
    assert (read.answers, read.case_ids) == (made.answers, made.case_ids)
    with np.load(file, allow_pickle=False) as stored:
        images, labels, weights = stored["images"], stored["labels"], stored["weights"]
        ids = stored["case_ids"]
        assert stored["classes"].tolist() == ["CXR", "Hand", "Knee"]
    assert (images.dtype, images.shape[1:]) == (np.uint8, (64, 64))
    expected = {cases[0].id: [1, 1], cases[1].id: [-1], cases[2].id: [2]}
    assert {case: labels[ids == case].tolist() for case in expected} == expected
    assert weights[ids == cases[0].id].tolist() == [2.0, 2.0]  # two views share one weight
    assert weights.sum() == 12.0
    seen = pixels(1).model_input[0, ..., 0]
    np.testing.assert_allclose(images[ids == cases[1].id][0] / 255.0, seen, atol=0.5 / 255 + 1e-6)


def test_one_scan_read_by_two_models_is_one_example(store: Store) -> None:
    for model in ("a" * 64, "b" * 64):
        case = store.cases.add(ANNA, new_case(1, reading_model={"id": "m", "sha256": model}))
        said = store.corrections.submit(ANNA, case.id, label="Hand")
        store.corrections.review(APOLLO, said.id, approve=True)
    assert len(examples.collect(store, TILDA)) == 1


def test_no_series_is_in_the_training_and_the_held_out_part(store: Store) -> None:
    cases = store.cases.add_all(
        ANNA, [new_case(number, series_key=f"series {number % 8}") for number in range(24)]
    )
    for case in cases:
        said = store.corrections.submit(LOCAL_USER, case.id, label="Hand")
        store.corrections.review(LOCAL_USER, said.id, approve=True)
    series = {case.id: case.series_key for case in cases}
    train = examples.collect(store, TILDA, part="train").case_ids
    held_out = examples.collect(store, TILDA, part="held-out").case_ids
    assert len(train) + len(held_out) == 24
    assert held_out and train
    assert not {series[id] for id in train} & {series[id] for id in held_out}


def test_without_approved_corrections_the_examples_are_empty(store: Store) -> None:
    made = examples.collect(store, TILDA)
    assert made.images.shape == (0, 64, 64)
    assert len(made) == 0 and made.classes_after(("CXR",)) == ("CXR",)


def test_a_word_changed_since_it_was_seen_is_not_approved(store: Store) -> None:
    case = store.cases.add(ANNA, new_case(1))
    seen = store.corrections.submit(ANNA, case.id, label="ChestCT", now=1.0)
    changed = store.corrections.submit(ANNA, case.id, label="Hand", now=2.0)
    assert changed.id == seen.id
    with pytest.raises(StoreError, match="changed it since"):
        store.corrections.review(APOLLO, seen.id, approve=True, said_at=seen.created_at)
    (now,) = store.corrections.of_case(ANNA, case.id).corrections
    assert now.state == "pending"
    store.corrections.review(APOLLO, now.id, approve=True, said_at=now.created_at)


@pytest.mark.parametrize("how", ["deleted", "expired", "swept after a crash"])
def test_what_a_training_was_given_of_a_case_goes_with_it(
    store: Store, home: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, stays = (store.cases.add(ANNA, new_case(number)) for number in (1, 2))
    files = {}
    for job, cases in (("both", (gone, stays)), ("other", (stays,))):
        for case in cases:
            said = store.corrections.submit(ANNA, case.id, label="Hand")
            store.corrections.review(APOLLO, said.id, approve=True)
        files[job] = home / examples.RUNS / job / LEARNED
        files[job].parent.mkdir(parents=True)
        if job == "other":
            store.corrections.withdraw(
                ANNA, store.corrections.of_case(ANNA, gone.id).corrections[0].id
            )
        examples.export(store, TILDA, ("CXR", "Hand"), files[job])
    if how == "deleted":
        store.cases.delete(ADA, gone.id)
    elif how == "expired":
        with store.writing() as session:  # as if it had been read long ago
            row = session.get_one(CaseRow, gone.id)
            row.created_at = 0.0
            row.seal = seal_of(row)
        store.cases.expire(ADA, days=1)
    else:
        with monkeypatch.context() as crash:
            crash.setattr(examples, "exported", lambda home: iter(()))
            store.cases.delete(ADA, gone.id)
        assert files["both"].exists()
        store.cases.sweep(ADA)
    assert not files["both"].exists()
    assert files["other"].exists(), "it holds nothing of that case"
