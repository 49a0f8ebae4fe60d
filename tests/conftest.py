"""What many tests share: private homes, made-up data, and the real data where it is present."""

import os
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from PIL import Image

from arncnn.data import Dataset, load

os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")  # several test processes share the cores
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"  # what is slow to prepare is kept here between runs
SHARED = ROOT.parent / "shared" / "data"  # real data, on the machines that have it
REAL_DATA = os.environ.pop("ARNCNN_DATA", None)  # tests see it through `mednist` alone

hypothesis.settings.register_profile("suite", deadline=None, derandomize=True)
hypothesis.settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def _no_test_touches_the_users_own_home() -> Iterator[None]:
    folder = tempfile.mkdtemp(prefix="arncnn-tests-")
    for name in ("ARNCNN_MODEL", "ARNCNN_DATABASE"):
        os.environ.pop(name, None)
    os.environ["ARNCNN_HOME"] = folder
    yield
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _no_test_leaves_its_precision_to_the_next() -> Iterator[None]:
    yield
    if "keras" in sys.modules:  # a training sets the policy of its whole process
        sys.modules["keras"].mixed_precision.set_global_policy("float32")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty ARNCNN_HOME of the test's own."""
    folder = tmp_path / "home"
    monkeypatch.setenv("ARNCNN_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image folder of three classes, 20 drawn pictures each, the same in every run."""
    folder = tmp_path_factory.mktemp("tiny")
    random = np.random.default_rng(0)
    rows, columns = np.mgrid[0:64, 0:64]
    shapes = {
        "Disc": lambda y, x: (rows - y) ** 2 + (columns - x) ** 2 < 200,
        "Bar": lambda y, x: abs(rows - y) < 6,
        "Post": lambda y, x: abs(columns - x) < 6,
    }
    for label, shape in shapes.items():
        (folder / label).mkdir()
        for number in range(20):
            y, x = random.integers(20, 44, 2)
            grey = 40 + 150 * shape(y, x) + random.normal(0, 10, (64, 64))
            picture = Image.fromarray(grey.clip(0, 255).astype(np.uint8))
            picture.save(folder / label / f"{number:06}.jpeg", quality=90)
    return folder


@pytest.fixture(scope="session")
def tiny_dataset(tiny_folder: Path) -> Dataset:
    """The pictures of `tiny_folder`, packed: 60 images, three classes."""
    return load(tiny_folder)


@pytest.fixture(scope="session")
def mednist() -> Dataset:
    """The whole Medical MNIST, where ARNCNN_DATA names it or it lies beside the project."""
    source = REAL_DATA or SHARED / "MedNIST.tar.gz"
    if REAL_DATA is None and not Path(source).exists():
        pytest.skip("Medical MNIST is not on this machine; name it with ARNCNN_DATA")
    before = os.environ["ARNCNN_HOME"]
    os.environ["ARNCNN_HOME"] = str(BUILD / "home")
    try:
        dataset = load(source)
    finally:
        os.environ["ARNCNN_HOME"] = before
    return dataset


@pytest.fixture(scope="session")
def external_dev() -> Path:
    """Real scans from elsewhere, ``in/<Class>/`` and ``ood/<kind>/``, where they are present."""
    target = BUILD / "external-dev"
    if target.is_dir():
        return target
    archive = SHARED / "external-dev.tar.xz"
    if not archive.is_file():
        pytest.skip("the external development scans are not on this machine")
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        with tarfile.open(archive) as stream:
            stream.extractall(folder, filter="data")
        try:
            os.rename(Path(folder) / "external-dev", target)
        except OSError:
            if not target.is_dir():  # else another test process was first
                raise
    return target
