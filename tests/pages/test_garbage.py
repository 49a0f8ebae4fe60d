"""While the dashboard starts no garbage is looked for, and what was loaded never is again."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from pages.ui import garbage

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


def test_no_garbage_is_looked_for_inside_and_it_is_again_afterwards() -> None:
    frozen = gc.get_freeze_count()
    with garbage.paused():
        assert not gc.isenabled()
        kept = [[] for _ in range(100)]
    assert gc.isenabled() and gc.get_freeze_count() > frozen + len(kept)


def test_it_is_looked_for_again_when_loading_fails() -> None:
    with pytest.raises(ImportError), garbage.paused():
        raise ImportError
    assert gc.isenabled()


def test_what_is_loaded_is_left_out_of_collections_and_later_garbage_is_not() -> None:
    garbage.leave_out_model()
    frozen = gc.get_freeze_count()
    assert frozen > 100_000, "TensorFlow alone has more objects"
    loop: list[object] = []
    loop.append(loop)
    del loop
    assert gc.collect() >= 1
    assert gc.get_freeze_count() == frozen


def test_the_garbage_of_a_replaced_model_is_freed_when_the_next_one_settles() -> None:
    class Model:
        freed = False

        def __del__(self) -> None:
            Model.freed = True

    replaced = Model()
    replaced.itself = replaced
    garbage.leave_out_model()
    del replaced
    gc.collect()
    assert not Model.freed
    garbage.leave_out_model()
    assert Model.freed
