"""The README shows what was measured, and nothing typed in."""

from pathlib import Path

from tests.browser import appearance
from tests.readme import README, SECTIONS, filled

MOST_BYTES = 200_000  # of the drawn sheet, which OpenCV would write with 477,117


def test_every_figure_in_the_readme_is_the_stored_one() -> None:
    text = README.read_text(encoding="utf-8")
    assert filled(text) == text, "run make readme"


def test_every_section_of_figures_is_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    assert all(f"<!-- measured:{name} -->" in text for name in SECTIONS)


def test_the_sheet_of_appearances_is_packed_tightly(tmp_path: Path) -> None:
    appearance.draw(tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").stat().st_size < MOST_BYTES
