"""The house's rules that no linter knows: what imports what, how long files are, what they name."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import arncnn
from arncnn import cli
from pages.ui import navigation
from tests.load.pages import CONTENT

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("arncnn", "pages", "tests", ".ci")
TEXTS = {".py", ".toml", ".txt", ".lock", ".md", ".json", ".cfg", ".ini", ".yml", ".yaml"}
TEXTS |= {".mako", ".j2", ""}
LIGHT = (
    "arncnn",
    "arncnn.cli",
    "arncnn.cli.data",
    "arncnn.data",
    "arncnn.intake",
    "arncnn.store",
    "arncnn.cases.service",
    "pages.ui.frame",
    "pages.ui.upload_queue",
)
"""What must stay importable without TensorFlow: start-up, command line, store, first page."""


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def committed_texts() -> list[Path]:
    found = [path for path in ROOT.iterdir() if path.is_file()]
    found += [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    return sorted(p for p in found if p.suffix in TEXTS and "__pycache__" not in p.parts)


def loaded_by(*modules: str) -> set[str]:
    """The modules in memory after importing these in a fresh interpreter."""
    code = f"import sys, {', '.join(modules)}; sys.stdout.write(' '.join(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=ROOT
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


def core_modules() -> list[str]:
    names = []
    for path in python_files("arncnn"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[-1] != "__main__" and "migrations" not in parts:
            names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def test_no_core_module_loads_streamlit() -> None:
    modules = core_modules()
    assert len(modules) > 20
    assert "streamlit" not in loaded_by(*modules)


def test_what_draws_the_first_page_brings_in_no_large_package() -> None:
    """Each would hold the first page back: pandas with pyarrow alone for a fifth of a second."""
    drawing = ("pages.ui.frame", "pages.ui.tour", "pages.ui.upload_queue", "pages.ui.scan")
    sections = ("pages.ui.scan.samples_gallery", "pages.ui.scan.upload_form", "arncnn.cases.batch")
    found = loaded_by("app", "pages.ui.caches", *drawing, *sections)
    assert not {"tensorflow", "pandas", "pyarrow", "pydicom", "alembic", "scipy"} & found


def test_light_modules_do_not_load_tensorflow() -> None:
    assert not {"tensorflow", "keras", "torch", "jax"} & loaded_by(*LIGHT)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (r"st\.(session_state|query_params)", "state"),
        (r"streamlit(\.| import )runtime", "workarounds"),
    ],
    ids=["what a session remembers", "the inside of Streamlit"],
)
def test_one_file_of_the_pages_touches(words: str, place: str) -> None:
    touching = [path for path in python_files("pages") if re.search(words, path.read_text())]
    assert touching == [ROOT / "pages" / "ui" / f"{place}.py"]
    assert not re.search(words, (ROOT / "app.py").read_text())


def own_imports() -> dict[str, set[str]]:
    """Which own modules each names: under TYPE_CHECKING and inside functions too.

    A package that is only the way to a module in it does not count as imported: its own file is
    checked as a module of its own. ``from package import name`` counts for the module where
    there is one of that name, else for the package.
    """
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in [ROOT / "app.py", *python_files("arncnn", "pages")]
    }
    graph: dict[str, set[str]] = {}
    for module, path in files.items():
        package = module if path.stem == "__init__" else module.rpartition(".")[0]
        named = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                above = package.split(".")[: len(package.split(".")) + 1 - node.level]
                start = ".".join([*(above if node.level else []), *filter(None, [node.module])])
                inside = {alias.name: f"{start}.{alias.name}" for alias in node.names}
                named |= {full if full in files else start for full in inside.values()}
        graph[module] = (named & files.keys()) - {module}
    return graph


def test_no_import_circle() -> None:
    graph = own_imports()
    assert "arncnn.store.tables" in graph["arncnn.store.seals"], "the graph has its arrows"
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_a_file_past_300_lines_says_why_at_its_head() -> None:
    silent = {}
    for path in python_files("arncnn", "pages", "tests"):
        lines = path.read_text().splitlines()
        if len(lines) > 300 and "past 300 lines" not in "\n".join(lines[:25]):
            silent[str(path.relative_to(ROOT))] = len(lines)
    assert silent == {}


def test_no_file_is_named_for_being_a_heap() -> None:
    heaps = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [p for p in python_files("arncnn", "pages", "tests") if p.stem in heaps] == []


def test_pages_lie_one_folder_down_and_have_unique_names() -> None:
    assert list((ROOT / "pages").glob("*.py")) == []
    scripts = [p.stem for p in (ROOT / "pages").glob("*/*.py") if p.parent.name != "ui"]
    scripts = [stem for stem in scripts if stem != "__init__"]
    assert len(scripts) == len(set(scripts))


SECTIONS = ("scan", "model", "operate")


def pages_modules() -> dict[str, set[str]]:
    """Every module below pages, by its dotted name, with those of pages that it imports."""
    files = {".".join(p.relative_to(ROOT).with_suffix("").parts): p for p in python_files("pages")}
    found: dict[str, set[str]] = {name: set() for name in files}
    for name, path in files.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                named = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
                found[name] |= named & files.keys()
    return found


def test_the_measure_of_pages_knows_what_each_page_is_opened_for() -> None:
    entries = [entry for entries in navigation.SECTIONS.values() for entry in entries]
    assert set(CONTENT) == {Path(entry.script).stem for entry in entries}


def test_what_two_pages_show_is_shared_and_the_rest_lies_in_its_section() -> None:
    imports = pages_modules()

    parts = {name for name in imports if re.fullmatch(r"pages\.ui\.\w+\.[a-z]\w*", name)}

    def drawn_with(name: str) -> set[str]:
        """The parts that a page uses, directly or through other parts."""
        reached: set[str] = set()
        waiting = [name]
        while waiting:
            new = (imports[waiting.pop()] & parts) - reached
            reached |= new
            waiting += new
        return reached

    pages = {name: drawn_with(name) for name in imports if name.split(".")[1] in SECTIONS}
    assert len(pages) >= 16
    misplaced = {}
    for part in parts:
        users = {page for page, used in pages.items() if part in used}
        folder, sections = part.split(".")[2], {page.split(".")[1] for page in users}
        if not (len(users) > 1 if folder == "shared" else sections == {folder}):
            misplaced[part] = users
    assert misplaced == {}


def test_every_core_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in python_files("arncnn")
        if (text := path.read_text()) and not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []


@pytest.mark.parametrize(
    "words",
    [
        ("py" + "pi.org", "python" + "hosted.org", "registry.npm" + "js"),
        ("index" + "-url", "extra" + "-index", "--find" + "-links"),
        ("/wo" + "rk/", "/ro" + "ot/"),
    ],
    ids=["registry hosts", "index settings", "machine paths"],
)
def test_no_file_names_a_registry_or_a_machine(words: tuple[str, ...]) -> None:
    named = {
        f"{path.relative_to(ROOT)}: {word}"
        for path in committed_texts()
        for word in words
        if path.name not in {"secrets.toml", ".git"} and word in path.read_text(errors="replace")
    }
    assert named == set()


def test_no_image_of_a_data_set_is_in_the_project() -> None:
    folders = [ROOT / name for name in ("arncnn", "pages", "tests", "assets")]
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert [p for p in found if p.suffix.lower() == ".jpeg" or p.name == "images.npy"] == []


def test_every_requirement_is_pinned_to_one_version() -> None:
    for path in ROOT.glob("requirements*.txt"):
        for line in path.read_text().splitlines():
            requirement = line.split("#")[0].strip()
            if requirement and not requirement.startswith("-r "):
                assert re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==[\w.+]+", requirement), line


def test_the_version_is_the_same_wherever_it_stands() -> None:
    assert f'version = "{arncnn.__version__}"' in (ROOT / "pyproject.toml").read_text()


def test_the_readme_lists_every_setting_and_no_other() -> None:
    passed_on = {"ARNCNN_DEVICE", "ARNCNN_JOB", "ARNCNN_JOB_HOME"}  # by a supervisor to its trainer
    sources = [ROOT / "app.py", *ROOT.glob("arncnn/**/*.py"), *ROOT.glob("pages/**/*.py")]
    read = {name for path in sources for name in re.findall(r"\bARNCNN_[A-Z_]+", path.read_text())}
    table = (ROOT / "README.md").read_text().split("## Settings")[1].split("\n## ")[0]
    assert set(re.findall(r"`(ARNCNN_[A-Z_]+)`", table)) == read - passed_on


def test_the_readme_names_every_command_and_make_target() -> None:
    readme = (ROOT / "README.md").read_text()
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"run", "test", "check"} <= set(targets)
    assert [target for target in targets if f"make {target}" not in readme] == []
    assert [name for name in cli.COMMANDS if f"arncnn {name}" not in readme] == []
