"""What each role may and may not do, asked of the core directly, without a page."""

import inspect
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine

from arncnn.data import Dataset, mednist
from arncnn.errors import ArncnnError, PermissionDenied
from arncnn.store import Actor, Role, Store, training_examples
from arncnn.store import backup as backups
from arncnn.store import verify as verifying
from arncnn.store.backup import backup, restore
from arncnn.store.database import Database, Service
from arncnn.store.headers import HeaderGroup
from arncnn.store.job import Claim, State
from arncnn.store.roles import ACTIONS, LOCAL_USER, may, require
from arncnn.store.source import Inbox, SourceSettings
from arncnn.store.verify import verify
from tests.store.made_up import ANNA, new_case

pytestmark = pytest.mark.attack

_NONE = np.zeros(0, np.int64)
_NOWHERE = Path("/nonexistent/nothing")
_CLAIM = Claim("nothing", 1)
_GROUP = HeaderGroup(None, None, None, None, None, 0, 0)
_SETTINGS = SourceSettings(url="http://pacs.example/dicom-web")
_ALL = {"viewer", "clinician", "trainer", "approver", "admin"}
_STAFF = _ALL - {"viewer"}

# Every action of the core, who may do it (written out here on its own), and how it is called.
# On an empty store an allowed call may still fail, but never for its role.
CALLS: list[tuple[str, set[str], Callable[[Store, Actor], object]]] = [
    ("list cases", _ALL, lambda s, a: s.cases.list(a)),
    ("open a case", _ALL, lambda s, a: s.cases.get(a, "x")),
    ("see pixels", _ALL, lambda s, a: s.cases.pixels(a, "x")),
    ("count scanners", _ALL, lambda s, a: s.cases.by_scanner(a)),
    ("count body parts", _ALL, lambda s, a: s.cases.by_body_part(a)),
    ("add a case", {"clinician", "admin"}, lambda s, a: s.cases.add(a, new_case())),
    ("delete a case", {"clinician", "admin"}, lambda s, a: s.cases.delete(a, "x")),
    ("delete cases", {"clinician", "admin"}, lambda s, a: s.cases.delete_all(a, ["x"])),
    ("let cases expire", {"admin"}, lambda s, a: s.cases.expire(a, days=1)),
    ("sweep pixels", {"admin"}, lambda s, a: s.cases.sweep(a)),
    ("see sources", _ALL, lambda s, a: s.sources.list(a)),
    ("see queues", _ALL, lambda s, a: s.sources.queues(a)),
    ("see what is parked", _ALL, lambda s, a: s.sources.parked(a, "x")),
    ("see a series arrive", _ALL, lambda s, a: s.sources.series(a, "1.2")),
    ("see where cases are from", _ALL, lambda s, a: s.sources.of_cases(a, ("x",))),
    ("add a source", {"admin"}, lambda s, a: s.sources.add(a, "x", _SETTINGS)),
    ("change a source", {"admin"}, lambda s, a: s.sources.change(a, "x", _SETTINGS)),
    ("pause a source", {"admin"}, lambda s, a: s.sources.pause(a, "x", is_paused=True)),
    ("try again", {"clinician", "admin"}, lambda s, a: s.sources.try_again(a, "x")),
    ("ask for a series", {"clinician", "admin"}, lambda s, a: s.sources.want(a, "x", "1", "1.2")),
    ("know spooled files", {"clinician"}, lambda s, a: s.pacs.known(a, ["x"])),
    ("know objects", {"clinician"}, lambda s, a: s.pacs.known_objects(a, ["1.2"])),
    ("take objects in", {"clinician"}, lambda s, a: s.pacs.take(a, [])),
    ("see the inbox", {"clinician"}, lambda s, a: s.pacs.inbox(a, Inbox.READ, limit=1)),
    ("see what was read", {"clinician"}, lambda s, a: s.pacs.earlier(a, [("1", "2", 0)])),
    ("record outcomes", {"clinician"}, lambda s, a: s.pacs.record(a, [])),
    ("see what is due", {"clinician"}, lambda s, a: s.pacs.due(a, "x", limit=1)),
    ("see bodies", {"clinician"}, lambda s, a: s.pacs.bodies(a)),
    ("note what is sent", {"clinician"}, lambda s, a: s.pacs.sent(a, "x", [])),
    ("note what failed", {"clinician"}, lambda s, a: s.pacs.failed(a, "x", [], "", None)),
    ("see reports", {"clinician"}, lambda s, a: s.pacs.reports(a, "1.2")),
    ("see a cursor", {"clinician"}, lambda s, a: s.pacs.cursor(a, "x", "changes")),
    ("move a cursor", {"clinician"}, lambda s, a: s.pacs.move(a, "x", "changes", None)),
    ("see what is wanted", {"clinician"}, lambda s, a: s.pacs.wanted(a, "x")),
    ("export CSV", _STAFF, lambda s, a: s.cases.csv(a)),
    ("export JSON", _STAFF, lambda s, a: s.cases.json(a)),
    ("correct", {"clinician"}, lambda s, a: s.corrections.submit(a, "x", label="Hand")),
    ("withdraw", {"clinician"}, lambda s, a: s.corrections.withdraw(a, "x")),
    ("decide", {"approver"}, lambda s, a: s.corrections.review(a, "x", approve=True)),
    ("see header groups", _ALL, lambda s, a: s.headers.groups(a)),
    ("see headers", _ALL, lambda s, a: s.headers.cases(a, _GROUP)),
    ("see a suggestion", _ALL, lambda s, a: s.headers.suggestion(a, "x")),
    (
        "decide on headers",
        {"clinician", "approver"},
        lambda s, a: s.headers.decide(a, ["x"], "confirmed"),
    ),
    ("export headers", _STAFF, lambda s, a: s.headers.csv(a)),
    ("see opinions", _ALL, lambda s, a: s.corrections.of_case(a, "x")),
    ("see the queue", _ALL, lambda s, a: s.corrections.queue(a)),
    (
        "export examples",
        {"trainer", "approver", "admin"},
        lambda s, a: training_examples.export(s, a, (), _NOWHERE),
    ),
    ("list data sets", _ALL, lambda s, a: s.data_sets.list(a)),
    ("may add data", {"trainer"}, lambda s, a: s.data_sets.check(a)),
    ("add data", {"trainer"}, lambda s, a: s.data_sets.add(a, replace(mednist.ENTRY, name=""))),
    (
        "discard data",
        {"trainer"},
        lambda s, a: s.data_sets.discard(a, Dataset(_NONE, _NONE, (), (), "")),
    ),
    ("remove data", {"trainer"}, lambda s, a: s.data_sets.remove(a, "x")),
    ("submit a job", {"trainer"}, lambda s, a: s.jobs.submit(a, {})),
    ("stop a job", {"trainer", "admin"}, lambda s, a: s.jobs.stop(a, "x")),
    ("retry a job", {"trainer"}, lambda s, a: s.jobs.retry(a, "x")),
    ("see a job", _ALL, lambda s, a: s.jobs.get(a, "x")),
    ("list jobs", _ALL, lambda s, a: s.jobs.list(a)),
    ("see events", _ALL, lambda s, a: s.jobs.events(a, "x")),
    ("claim", {"trainer"}, lambda s, a: s.jobs.work.claim(a, "cpu:0@h", engine="local")),
    ("renew", {"trainer"}, lambda s, a: s.jobs.work.renew(a, _CLAIM)),
    ("log", {"trainer"}, lambda s, a: s.jobs.work.event(a, _CLAIM, "step", {})),
    ("finish", {"trainer"}, lambda s, a: s.jobs.work.finish(a, _CLAIM, State.FAILED)),
    ("release", {"trainer"}, lambda s, a: s.jobs.work.release(a, _CLAIM, "x")),
    ("requeue", {"trainer"}, lambda s, a: s.jobs.work.requeue_lost(a)),
    (
        "record a run",
        {"trainer"},
        lambda s, a: s.runs.record(a, folder="x", recipe={}, seed=0, metrics={}),
    ),
    ("list runs", _ALL, lambda s, a: s.runs.list(a)),
    ("register", {"trainer"}, lambda s, a: s.models.register(a, _NOWHERE)),
    ("judge", {"trainer"}, lambda s, a: s.models.judge(a, "x", {"passes": True})),
    ("promote", {"approver"}, lambda s, a: s.models.promote(a, "x", "because")),
    ("roll back", {"approver"}, lambda s, a: s.models.rollback(a, "because")),
    ("list models", _ALL, lambda s, a: s.models.list(a)),
    ("see promotions", _ALL, lambda s, a: s.models.history(a)),
    ("list accounts", {"admin"}, lambda s, a: s.users.list(a)),
    ("change an account", {"admin"}, lambda s, a: s.users.change(a, "x", held=[Role.ADMIN])),
    ("read the audit", {"approver", "admin"}, lambda s, a: s.audit.entries(a)),
    ("export the audit", {"approver", "admin"}, lambda s, a: s.audit.csv(a)),
    ("note the chain's end", {"approver", "admin"}, lambda s, a: s.audit.head(a)),
    ("verify", {"approver", "admin"}, lambda s, a: verify(s, a)),
    ("back up", {"admin"}, lambda s, a: backup(s, a, _NOWHERE)),
    ("restore", {"admin"}, lambda s, a: restore(s, a, _NOWHERE)),
]


@pytest.mark.parametrize("role", list(Role))
def test_each_role_can_do_its_own_actions_and_no_others(store: Store, role: Role) -> None:
    actor = Actor("somebody", frozenset({role}))
    wrong = []
    for name, allowed, call in CALLS:
        try:
            call(store, actor)
            was_refused = False
        except PermissionDenied:
            was_refused = True
        except ArncnnError:
            was_refused = False
        if was_refused == (role.value in allowed):
            wrong.append(name)
    assert wrong == []


def test_nobody_without_a_role_can_do_anything(store: Store) -> None:
    for _, _, call in CALLS:
        with pytest.raises(PermissionDenied, match="your roles: none"):
            call(store, Actor("stranger", frozenset()))
    told = store.audit.entries(LOCAL_USER).entries
    assert {(line.actor, line.action) for line in told} == {("stranger", "refused")}
    assert len({line.subject for line in told}) == len(told), "the same is told once"


def test_an_expired_actor_is_refused_every_action_whatever_the_roles(store: Store) -> None:
    expired = replace(LOCAL_USER, valid_until=time.time() - 1)
    for _, _, call in CALLS:
        with pytest.raises(PermissionDenied, match="expired"):
            call(store, expired)


def _asked_of_an_actor() -> list[tuple[str, Callable[..., object]]]:
    """Every public method of every service, and every function over a store, with an actor."""
    store = Store(create_engine("sqlite://"), _NOWHERE)
    services = [*vars(store).values(), store.jobs.work]
    places: list[object] = [each for each in services if isinstance(each, Service)]
    places += [verifying, backups, training_examples]
    found = []
    for place in places:
        public = [name for name in dir(place) if not name.startswith("_")]
        for name in public:
            member = getattr(place, name)
            if not inspect.isroutine(member):
                continue
            words = list(inspect.signature(member).parameters)
            is_own = inspect.ismethod(member) or words[:1] == ["store"]
            if is_own and "actor" in words:
                before = words[: words.index("actor")]
                call = partial(member, *(store for _ in before))
                found.append((f"{type(place).__name__}.{name}", call))
    return found


def test_every_method_that_takes_an_actor_declares_its_right_and_asks_it_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def touched(*_: object, **__: object) -> None:
        raise AssertionError("the database was touched before the role was asked")

    for name in ("reading", "writing", "all", "page", "each"):
        monkeypatch.setattr(Database, name, touched)
    monkeypatch.setattr(Store, "refused", lambda *_: None)  # it comes after, and writes
    asked = _asked_of_an_actor()
    assert len(asked) > 45
    for name, call in asked:
        # Senseless arguments: whoever looks at them before the role fails otherwise.
        needed = [
            each
            for each in inspect.signature(call).parameters.values()
            if each.default is each.empty and each.name != "actor"
        ]
        words = {each.name: None for each in needed if each.kind is each.KEYWORD_ONLY}
        rest = [None for each in needed if each.kind is not each.KEYWORD_ONLY]
        with pytest.raises(PermissionDenied, match="your roles: none"):
            call(Actor("stranger", frozenset()), *rest, **words)
        assert call.func.action in ACTIONS, name


def test_every_right_of_the_table_is_asked_somewhere() -> None:
    asked = {call.func.action for _, call in _asked_of_an_actor()}
    assert asked == set(ACTIONS)


def test_every_action_of_the_table_can_be_done_by_some_role() -> None:
    assert all(ACTIONS.values())
    assert all(may(LOCAL_USER, action) for action in ACTIONS)


def test_the_refusal_says_which_role_is_missing() -> None:
    with pytest.raises(PermissionDenied, match="role approver or admin; your roles: clinician"):
        require(ANNA, Role.APPROVER, Role.ADMIN)
