"""What is installed is written down: to the version, to the hash, for each list of packages."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LISTS = sorted(path.stem for path in ROOT.glob("requirements*.txt"))
PIN = re.compile(r"(?P<name>[\w.-]+?)(?:\[[\w,-]+\])?==(?P<version>[\w.+]+)")


def _name(written: str) -> str:
    """As registries compare names."""
    return re.sub(r"[-_.]+", "-", written).lower()


def _asked(name: str) -> dict[str, str]:
    """Version by package, of the list and of what it includes."""
    found = {}
    for line in (ROOT / f"{name}.txt").read_text().splitlines():
        if line.startswith("-r "):
            found |= _asked(Path(line[3:]).stem)
        elif pin := PIN.match(line):
            found[_name(pin["name"])] = pin["version"]
    return found


@cache
def _locked(name: str) -> dict[str, set[str]]:
    """Versions by package: more than one where Pythons differ. Every one of them has hashes."""
    found: dict[str, set[str]] = {}
    text = re.sub(r"^ *#.*\n", "", (ROOT / f"{name}.lock").read_text(), flags=re.MULTILINE)
    for entry in text.replace("\\\n", "").splitlines():
        pin = PIN.match(entry)
        assert pin is not None, f"{name}.lock: {entry[:80]}"
        assert re.search(r" --hash=sha256:[0-9a-f]{64}", entry), f"no hash: {entry[:80]}"
        found.setdefault(_name(pin["name"]), set()).add(pin["version"])
    return found


@pytest.mark.parametrize("name", LISTS)
def test_a_lock_holds_every_line_of_its_list_at_that_version_and_all_have_hashes(name: str) -> None:
    asked, locked = _asked(name), _locked(name)
    assert asked and {package: {version} for package, version in asked.items()} == {
        package: locked.get(package) for package in asked
    }, "run: make lock"
    assert len(locked) > len(asked)  # what these need in turn


@pytest.mark.parametrize("name", LISTS)
def test_a_lock_agrees_with_those_of_the_dashboard_and_of_its_tests(name: str) -> None:
    for base in ("requirements", "requirements-dev"):
        shared = _locked(base).keys() & _locked(name).keys()
        assert {p: _locked(name)[p] for p in shared} == {p: _locked(base)[p] for p in shared}


def test_no_lock_is_left_of_a_list_that_went_and_none_names_an_address() -> None:
    assert sorted(path.stem for path in ROOT.glob("requirements*.lock")) == LISTS
    assert [path for path in ROOT.glob("*.lock") if "://" in path.read_text()] == []


def test_whatever_is_installed_is_held_to_its_hashes() -> None:
    for file in ("Makefile", "Dockerfile"):
        installs = re.findall(r"pip install .*?(?:--requirement|-r) .*", (ROOT / file).read_text())
        assert len(installs) == 2
        assert all("--require-hashes" in line and line.endswith(".lock") for line in installs)
