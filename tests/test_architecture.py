"""ARCHITECTURE.md and the README's map say what the tree is, or this fails."""

import importlib
import re
import tomllib
from pathlib import Path

import pytest

from tests.load import chapter

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
NAMES = sorted(set(re.findall(r"`(arncnn(?:\.\w+)+)`", TEXT)))
PATHS = sorted(
    set(re.findall(r"`((?:arncnn|pages|tests)/[\w./]+|\w+\.(?:py|lock)|Dockerfile)`", TEXT))
)


def layers() -> list[list[str]]:
    """The layers as pyproject.toml has them, from the top."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (found,) = (c["layers"] for c in contracts["contracts"] if c["id"] == "layers")
    return [re.split(r"\s*[|:]\s*", layer) for layer in found]


def packages() -> set[str]:
    """What lies directly in arncnn: packages and loose modules."""
    inside = (ROOT / "arncnn").iterdir()
    return {
        path.stem
        for path in inside
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_named_function_exists(name: str) -> None:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[length:]:
            found = getattr(found, attribute)
        return
    pytest.fail(f"{name} is not there")


@pytest.mark.parametrize("path", PATHS)
def test_every_named_file_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_layers_are_those_that_are_enforced() -> None:
    block = TEXT.split("<!-- layers -->")[1].split("<!-- end -->")[0]
    told = [re.findall(r"`(\w+)`", line.split("|")[1]) for line in block.splitlines()[3:] if line]
    assert told == layers()


def test_the_layers_are_few_and_small_and_hold_everything() -> None:
    assert len(layers()) <= 14
    assert max(map(len, layers())) <= 4
    assert {name for layer in layers() for name in layer} == packages()


def test_few_modules_lie_loose_in_the_core() -> None:
    loose = {path.stem for path in (ROOT / "arncnn").glob("*.py")} - {"__init__", "__main__"}
    assert len(loose) <= 8, sorted(loose)


def test_the_readmes_map_names_every_folder_of_the_house() -> None:
    house = (ROOT / "README.md").read_text().split("## Map of the house")[1].split("```")[1]
    told = set(re.findall(r"^(\S+)", house, re.MULTILINE))
    core = {
        f"arncnn/{path.name}"
        for path in (ROOT / "arncnn").iterdir()
        if (path / "__init__.py").exists()
    }
    pages = {
        f"pages/{path.name}"
        for path in (ROOT / "pages").iterdir()
        if path.is_dir() and path.name != "__pycache__"
    }
    assert core | pages <= told
    assert [path for path in told if not (ROOT / path).exists()] == []


def test_every_figure_of_the_chapter_on_scale_is_the_stored_one() -> None:
    assert chapter.filled(TEXT) == TEXT, "run python -m tests.load.chapter"
    assert "| Per thousand |" in TEXT


def test_the_document_stays_readable() -> None:
    """Twice its first bound: the chapter on security is a document of its own in it."""
    assert len(TEXT.splitlines()) <= 300


def test_the_campaign_runs_every_proof_that_the_chapter_on_security_names() -> None:
    chapter = TEXT.split("\n## Security\n")[1]
    proofs = [ROOT / path for path in re.findall(r"`(tests/\w[\w/]*/test_\w+\.py)`", chapter)]
    assert len(proofs) > 15
    assert [path for path in proofs if "mark.attack" not in path.read_text()] == []
