"""A data set's name stands for one pack of one sum, or for a sentence."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from arncnn import data
from arncnn.data import Dataset, mednist, registry
from arncnn.data.registry import RegisteredDataSet
from arncnn.errors import DataError, UsageError
from arncnn.labels import Label
from arncnn.store import LOCAL_USER, Store


@pytest.fixture
def packed(home: Path, tiny_folder: Path) -> Dataset:
    return data.load(tiny_folder)


def _entry(dataset: Dataset, name: str = "Shapes") -> RegisteredDataSet:
    return registry.described(dataset, name, source="drawn", licence="CC0", added_by="anna")


def test_a_name_gives_the_very_data_set_that_was_added(packed: Dataset) -> None:
    terms = {"Bar": Label("Bar", "Bar", ("CT",), "knee")}
    registry.add(replace(_entry(packed), terms=terms))
    for name in ("Shapes", "shapes"):
        found = data.load(name)
        assert (found.sha256, found.counts()) == (packed.sha256, packed.counts())
    assert data.availability("Shapes") == "prepared"
    assert registry.terms(packed.sha256) == terms
    opened = mednist.of_sum(packed.sha256)
    assert opened is not None and opened.sha256 == packed.sha256
    assert mednist.of_sum("0" * 64) is None


def test_a_name_or_files_are_taken_once_and_said_in_words(packed: Dataset) -> None:
    registry.add(_entry(packed))
    with pytest.raises(UsageError, match="already registered as “Shapes”"):
        registry.add(_entry(packed, "Others"))
    with pytest.raises(UsageError, match="choose another name"):
        registry.add(replace(_entry(packed, "SHAPES"), sha256="1" * 64))
    for name in ("", "a/b", "x" * 61, "Medical MNIST", "mednist"):
        with pytest.raises(UsageError):
            registry.add(replace(_entry(packed, name), sha256="2" * 64))
    with pytest.raises(UsageError, match="licence"):
        registry.add(replace(_entry(packed, "Other"), sha256="3" * 64, licence=" "))
    assert [entry.name for entry in registry.entries()] == ["Shapes"]


def test_files_that_have_gone_or_are_others_are_refused(packed: Dataset) -> None:
    entry = registry.add(_entry(packed))
    folder = registry.data_folder() / entry.folder
    index = folder / "index.json"
    index.write_text(index.read_text().replace(packed.sha256, "4" * 64))
    with pytest.raises(DataError, match="were altered"):
        data.load("Shapes")
    shutil.rmtree(folder)
    with pytest.raises(DataError, match="are missing"):
        data.load("Shapes")


@pytest.mark.parametrize("content", ["", "{}", '{"format": 2, "sets": []}', '{"format": 1}'])
def test_a_damaged_registry_is_said_and_paths_still_work(
    packed: Dataset, tiny_folder: Path, content: str
) -> None:
    (registry.data_folder() / "registry.json").write_text(content)
    with pytest.raises(DataError, match="registry"):
        registry.entries()
    assert data.load(tiny_folder).sha256 == packed.sha256


def test_adding_and_removing_are_in_the_audit(packed: Dataset) -> None:
    store = Store.open()
    kept = store.data_sets.add(LOCAL_USER, _entry(packed))
    assert [entry.name for entry in store.data_sets.list(LOCAL_USER)] == ["Medical MNIST", "Shapes"]
    store.data_sets.discard(LOCAL_USER, packed)
    assert registry.pack_of(kept) is not None, "what is registered is not discarded"
    store.data_sets.remove(LOCAL_USER, "shapes")
    assert registry.entries() == () and registry.pack_of(kept) is None
    told = [entry.action for entry in store.audit.entries(LOCAL_USER).entries]
    assert {"data.add", "data.remove"} <= set(told)
    store.close()


def test_what_nobody_kept_goes_after_a_day_and_what_is_registered_stays(packed: Dataset) -> None:
    folder = registry.data_folder()
    for name in ("added-old", "added-new", "added-kept", "fetched-old"):
        (folder / name).mkdir()
        if "new" not in name:
            os.utime(folder / name, (0, 0))
    registry.add(replace(_entry(packed), folder="added-kept"))
    registry.sweep()
    left = {path.name for path in folder.glob("*-*")} - {packed.folder.name}
    assert left == {"added-new", "added-kept", "fetched-old"}
