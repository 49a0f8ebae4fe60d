"""A short piece of the mutation campaign; ``make fuzz`` runs the whole."""

from tests.fuzz.intake import campaign


def test_damaged_files_are_read_or_refused_and_nothing_dies_or_grows() -> None:
    report = campaign(400, seconds=20)
    assert not report.broken
    assert report.files >= 50
    assert len(report.outcomes) >= 4, "the damage hits too little to say anything"
    assert report.parent_end_mb - report.parent_start_mb < 50
