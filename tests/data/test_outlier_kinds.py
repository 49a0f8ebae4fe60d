"""Kinds of image are shown in words, whoever named their folders."""

import json

import pytest

from arncnn.config import ASSETS
from arncnn.data import outlier_kinds


def test_every_kind_that_was_measured_reads_as_words_of_its_own() -> None:
    measured = ASSETS / "measured"
    external = json.loads((measured / "external-robust.json").read_text(encoding="utf-8"))
    outliers = json.loads((measured / "outliers.json").read_text(encoding="utf-8"))
    for kinds in (external["ood_per_kind"], outliers["outliers"]["kinds"]):
        titles = [outlier_kinds.title(kind) for kind in kinds]
        assert len(set(titles)) == len(titles), "no two kinds read alike"
        assert not any("_" in title for title in titles)


@pytest.mark.parametrize(
    ("folder", "title"),
    [
        ("Skin-Photos_2024", "skin photos 2024"),
        ("ct_thorax", "thorax CT"),
        ("CT", "CT"),
        ("T2w_FLAIR", "T2w FLAIR"),
        ("a|b", "a b"),
        ("___", "___"),
    ],
)
def test_an_unknown_folder_reads_as_its_words(folder: str, title: str) -> None:
    assert outlier_kinds.title(folder) == title
