"""The README shows what was measured, and nothing typed in."""

from tests.readme import README, SECTIONS, filled


def test_every_figure_in_the_readme_is_the_stored_one() -> None:
    text = README.read_text(encoding="utf-8")
    assert filled(text) == text, "run make readme"


def test_every_section_of_figures_is_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    assert all(f"<!-- measured:{name} -->" in text for name in SECTIONS)
