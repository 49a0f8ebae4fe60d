"""Loading a data set: prepared once, checked, found again."""

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from arncnn.data import Dataset, load, mednist, prepared
from arncnn.errors import DataError
from arncnn.progress import Progress
from tests.waiting import wait_until


def archive(folder: Path, target: Path, root: str = "Set") -> Path:
    with tarfile.open(target, "w:gz") as stream:
        stream.add(folder, arcname=root)
    return target


def test_classes_come_from_the_folders(tiny_dataset: Dataset) -> None:
    assert tiny_dataset.labels == ("Bar", "Disc", "Post")
    assert tiny_dataset.counts() == {"Bar": 20, "Disc": 20, "Post": 20}
    assert tiny_dataset.images.shape == (60, 64, 64)


def test_every_image_is_what_pillow_reads_from_its_file(
    tiny_dataset: Dataset, tiny_folder: Path
) -> None:
    for index, path in enumerate(tiny_dataset.paths):
        with Image.open(tiny_folder / path) as picture:
            np.testing.assert_array_equal(tiny_dataset.images[index], np.asarray(picture))
        assert tiny_dataset.labels[tiny_dataset.targets[index]] == path.split("/")[0]


def test_folder_tar_and_zip_are_the_same_data_set(
    home: Path, tiny_folder: Path, tmp_path: Path
) -> None:
    packed = archive(tiny_folder, tmp_path / "set.tar.gz")
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as stream:
        for path in tiny_folder.rglob("*.jpeg"):
            stream.write(path, f"Set/{path.relative_to(tiny_folder)}")
    loaded = [load(source) for source in (tiny_folder, packed, tmp_path / "set.zip")]
    assert len({dataset.sha256 for dataset in loaded}) == 1
    assert loaded[1].folder == loaded[2].folder


def test_a_second_load_reads_nothing_again(
    home: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(tiny_folder)
    monkeypatch.setattr(mednist, "members", lambda _: pytest.fail("read again"))
    assert load(tiny_folder).folder == first.folder
    assert (home / "data").stat().st_mode & 0o777 == 0o700


def test_a_changed_source_is_prepared_anew(home: Path, tiny_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny_folder, tmp_path / "copy")
    before = load(copy)
    (copy / "Bar" / "000000.jpeg").unlink()
    assert len(load(copy)) == len(before) - 1


def test_arncnn_data_is_used_when_no_source_is_named(
    home: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_DATA", str(tiny_folder))
    assert prepared() is None
    dataset = load()
    found = prepared()
    assert found is not None
    assert found.sha256 == dataset.sha256


def test_an_incomplete_archive_of_medical_mnist_says_which_class_lacks_what(
    home: Path, tmp_path: Path
) -> None:
    for label in mednist.COUNTS:
        (tmp_path / "MedNIST" / label).mkdir(parents=True)
        Image.new("L", (64, 64)).save(tmp_path / "MedNIST" / label / "0.jpeg")
    partial = archive(tmp_path / "MedNIST", tmp_path / "MedNIST.tar.gz", "MedNIST")
    with pytest.raises(DataError, match="BreastMRI: 1 instead of 8,954"):
        load(partial)
    assert list((home / "data").glob("*/")) == []
    assert len(load(tmp_path / "MedNIST")) == 6  # a folder is what it is


def test_two_processes_prepare_the_data_once(home: Path, tiny_folder: Path) -> None:
    code = (
        "import sys; from arncnn.data import load, mednist; seen = []\n"
        "members = mednist.members\n"
        "mednist.members = lambda path: seen.append(path) or members(path)\n"
        f"load({str(tiny_folder)!r}); sys.stdout.write(str(len(seen)))"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert sorted(run.communicate(timeout=60)[0] for run in runs) == ["0", "0", "1"]


def test_a_kill_while_packing_leaves_no_pack_and_the_next_run_cleans_up(
    home: Path, tiny_folder: Path
) -> None:
    code = (
        "import time; from arncnn.data import load, pack\n"
        "decode = pack.decode\n"
        "pack.decode = lambda *a, **k: time.sleep(0.2) or decode(*a, **k)\n"
        f"load({str(tiny_folder)!r})"
    )
    run = subprocess.Popen([sys.executable, "-c", code])
    assert wait_until(lambda: run.poll() is not None or list(home.glob("data/.packing-*/spool")))
    assert run.poll() is None
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    assert prepared(tiny_folder) is None
    assert len(load(tiny_folder)) == 60
    assert list(home.glob("data/.packing-*")) == []


def test_a_url_is_downloaded_packed_and_remembered(
    home: Path, tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = archive(tiny_folder, tmp_path / "set.tar.gz")
    asked: list[str] = []

    def fake(url: str, target: Path, progress: Progress | None) -> Path:
        asked.append(url)
        return Path(shutil.copy(packed, target))

    monkeypatch.setattr(mednist, "download", fake)
    url = "https://data.example/set.tar.gz"
    assert load(url).sha256 == load(url).sha256
    assert asked == [url]
    assert list((home / "data" / "downloads").iterdir()) == []  # the pack holds all of it


def test_the_public_archive_must_have_its_published_md5(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fake(url: str, target: Path, progress: Progress | None) -> Path:
        assert url == mednist.URL
        target.write_bytes(b"something else")
        return target

    monkeypatch.setattr(mednist, "download", fake)
    with pytest.raises(DataError, match=mednist.MD5):
        load()
    assert list((home / "data" / "downloads").iterdir()) == []


def test_medical_mnist_prepared_earlier_is_found_without_any_setting(
    home: Path, mednist: Dataset
) -> None:
    assert mednist.folder is not None
    assert prepared() is None
    (home / "data" / mednist.folder.name).symlink_to(mednist.folder)
    found = prepared()
    assert found is not None
    assert found.sha256 == mednist.sha256


def test_the_whole_medical_mnist_has_its_counts_and_its_hash(mednist: Dataset) -> None:
    from arncnn.data.mednist import COUNTS, is_medical_mnist

    assert mednist.counts() == COUNTS
    assert is_medical_mnist(mednist)
