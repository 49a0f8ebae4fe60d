"""What a file is shows in its bytes alone."""

import gzip

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies

from arncnn.intake import sniff
from tests.intake import made

GREY = made.ramp(high=255).astype(np.uint8)
FILES = {
    "png": made.picture(GREY, "PNG"),
    "jpeg": made.picture(GREY, "JPEG"),
    "tiff": made.picture(GREY, "TIFF"),
    "bmp": made.picture(GREY, "BMP"),
    "dicom": made.dicom(),
    "gzip": gzip.compress(b"x"),
    "GIF": made.picture(GREY, "GIF"),
    "WebP": made.picture(GREY, "WEBP"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_kind_is_found_from_its_first_bytes(kind: str) -> None:
    assert sniff.kind(FILES[kind][: sniff.HEAD]) == kind


@pytest.mark.parametrize("kind", ["png", "jpeg", "bmp", "gzip"])
def test_a_dicom_file_stays_dicom_whatever_its_preamble_looks_like(kind: str) -> None:
    start = FILES[kind][:128].ljust(128, b"\0")
    assert sniff.kind((start + made.dicom()[128:])[: sniff.HEAD]) == "dicom"


@hypothesis.given(strategies.binary(max_size=600))
def test_any_bytes_have_a_kind(data: bytes) -> None:
    named = {name for _, name in sniff._MAGIC}
    others = {"empty", "unknown", "WebP", "HEIC", "TAR", "video", "video or audio"}
    assert sniff.kind(data) in sniff.READABLE | sniff.CONTAINERS | named | others


@hypothesis.given(strategies.sampled_from(sorted(FILES)), strategies.binary(max_size=300))
def test_what_follows_the_magic_does_not_change_the_kind(kind: str, tail: bytes) -> None:
    hypothesis.assume(tail[-4:] != b"DICM")
    keep = 140 if kind == "dicom" else 20
    data = FILES[kind][:keep] + tail
    if data[128:132] != b"DICM" or kind == "dicom":
        assert sniff.kind(data[: sniff.HEAD]) == kind


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b"hello", "unknown"),
        (b"%PDF-1.4", "PDF"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"\0\0\0\x18ftypisom", "video"),
        (b"PK\x03\x04", "zip"),
        (bytes(128) + b"DICM", "dicom"),
    ],
)
def test_other_files_are_named_for_the_sentence(data: bytes, kind: str) -> None:
    assert sniff.kind(data) == kind
