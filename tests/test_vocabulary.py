"""Standard words: what was renamed stays renamed, in code and in what a person reads."""

import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [
    *sorted(path for folder in ("arncnn", "pages") for path in (ROOT / folder).rglob("*.py")),
    ROOT / "app.py",
]

RENAMED = {
    *("Opinions", "Standing", "standing", "Shelf", "Opened", "Watched", "hear", "last_words"),
    *("lay_out", "draw_up", "turned", "sized", "deal", "surprise", "grown", "regrown"),
    *("save_regrown", "retain", "retained", "floors", "FLOORS", "FLOOR", "elsewhere", "spoilt"),
    *("stranger", "strangers", "opinions"),
    *("several_devices", "stored_run", "report_maps"),
}
"""Identifiers that gave way to standard ones."""

MODULES = {
    *("architecture", "background_grey", "batch", "bench", "bundle", "calibrate", "corrected"),
    *("counts", "data_facts", "data_samples", "decimals", "durable", "folds", "left_out"),
    *("measure", "measurements", "model_card", "passes", "percentages", "phantom_dicom"),
    *("phantoms", "picture", "reading", "release", "reopening", "report", "report_maps"),
    *("samples", "seeds", "several_devices", "sketch", "spool", "stored_run"),
    *("structured_report", "throughput", "train", "training_match", "upload", "views"),
}
"""Modules that lay loose at the top of the core."""

WORDS = re.compile(r"\b(strangers?|spoilt|floors|(?:scans?|accuracy) (?:from )?elsewhere)\b", re.I)
PERCENT = re.compile(r"(?<=[\d}])(?:[ \u00a0\u202f]|\\u00a0|\\xa0)%(?!\w)")  # "99 %", not "{n % 2}"
COLLOQUIAL = re.compile(
    r"\b(near-twins?|somebody|learnt|at home|(?:[Ii]t|that) goes on|mere)\b", re.I
)
KEYS = {'"strangers"', "'strangers'"}  # of a stored comparison at the gate


def tokens(path: Path) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_renamed_identifier_is_left(path: Path) -> None:
    named = {token.string for token in tokens(path) if token.type == tokenize.NAME}
    assert named & RENAMED == set()


def test_no_module_lies_where_it_lay() -> None:
    loose = {path.stem for path in (ROOT / "arncnn").glob("*.py")}
    assert loose & MODULES == set()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_read_has_the_standard_words(path: Path) -> None:
    texts = (token.string for token in tokens(path) if "STRING" in tokenize.tok_name[token.type])
    found = [WORDS.search(text) for text in texts if text not in KEYS]
    assert [match.group() for match in found if match] == []


def test_no_sentence_that_a_person_reads_is_colloquial() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{token.start[0]}: {token.string}"
        for path in SOURCES
        for token in tokens(path)
        if "STRING" in tokenize.tok_name[token.type] and '"""' not in token.string[:4]
        if COLLOQUIAL.search(token.string)
    }
    assert found == set()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_percent_sign_follows_its_number_without_a_space(path: Path) -> None:
    texts = (token.string for token in tokens(path) if "STRING" in tokenize.tok_name[token.type])
    assert [text for text in texts if PERCENT.search(text)] == []


@pytest.mark.parametrize(
    "name",
    [
        *("README.md", "ARCHITECTURE.md", "CHANGELOG.md"),
        *(
            f"arncnn/reports/templates/{name}"
            for name in ("case_report.html.j2", "model_card.md.j2")
        ),
    ],
)
def test_the_documents_write_percentages_without_a_space(name: str) -> None:
    assert PERCENT.findall((ROOT / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md"])
def test_the_documents_have_the_standard_words(name: str) -> None:
    assert WORDS.findall((ROOT / name).read_text(encoding="utf-8")) == []
