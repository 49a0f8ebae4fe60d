"""NIfTI against nibabel and arrays by hand: axes, members of gzip, versions, thin volumes."""

import gzip
import itertools
from io import BytesIO
from pathlib import Path

import nibabel
import numpy as np
import pytest
from nibabel import orientations
from nibabel.testing import data_path

from arncnn import preprocess
from arncnn.errors import IntakeError
from arncnn.intake import open_bytes

# An odd little head: every half differs from the other along each axis
VOLUME = (np.arange(20 * 24 * 18).reshape(20, 24, 18) % 997).astype(np.int16)
AXES = ("LR", "PA", "IS")
ORDERS = [
    "".join(AXES[axis][side] for axis, side in zip(order, sides, strict=True))
    for order in itertools.permutations(range(3))
    for sides in itertools.product(range(2), repeat=3)
]


def written(volume: np.ndarray, affine: np.ndarray | None = None, *, version: int = 1) -> bytes:
    kind = nibabel.Nifti1Image if version == 1 else nibabel.Nifti2Image
    return kind(volume, np.eye(4) if affine is None else affine).to_bytes()


def stored_as(axes: str) -> tuple[np.ndarray, np.ndarray]:
    """``VOLUME``, whose axes run to the right, front and head, stored along others; its affine."""
    turn = orientations.ornt_transform(
        orientations.axcodes2ornt("RAS"), orientations.axcodes2ornt(tuple(axes))
    )
    turned = orientations.apply_orientation(VOLUME, turn)
    return turned, orientations.inv_ornt_aff(turn, VOLUME.shape)


def upright(volume: np.ndarray, index: int) -> np.ndarray:
    """The axial slice with the front on top."""
    return volume[:, :, index].T[::-1]


def test_there_are_48_orders() -> None:
    assert len(set(ORDERS)) == 48


@pytest.mark.parametrize("code", ["sform", "qform"])
@pytest.mark.parametrize("axes", ORDERS)
def test_every_axis_order_gives_one_picture_and_one_answer(axes: str, code: str) -> None:
    volume, affine = stored_as(axes)
    image = nibabel.Nifti1Image(volume, affine)
    image.set_sform(affine if code == "sform" else None, code=2 if code == "sform" else 0)
    image.set_qform(affine, code=1)
    assert "".join(nibabel.aff2axcodes(image.affine)) == axes
    scan = open_bytes(image.to_bytes())
    np.testing.assert_array_equal(scan.pixels, upright(VOLUME, 9))
    assert (scan.frame, scan.frames) == (9, 18)
    expected = preprocess.normalize(preprocess.resize(upright(VOLUME, 9))[None])
    np.testing.assert_array_equal(preprocess.model_input(scan).images, expected)


def test_the_sform_goes_before_the_qform() -> None:
    volume, affine = stored_as("LPS")
    image = nibabel.Nifti1Image(volume, affine)
    image.set_sform(affine, code=1)
    image.set_qform(np.eye(4), code=1)
    np.testing.assert_array_equal(open_bytes(image.to_bytes()).pixels, upright(VOLUME, 9))


def test_an_oblique_volume_is_brought_to_the_nearest_axes() -> None:
    angle = np.radians(20)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    volume, affine = stored_as("SAR")
    np.testing.assert_array_equal(
        open_bytes(written(volume, turn @ affine)).pixels, upright(VOLUME, 9)
    )


def test_an_sform_that_is_no_space_gives_way() -> None:
    data = bytearray(written(VOLUME))
    data[280:328] = bytes(48)  # srow_x, srow_y and srow_z
    np.testing.assert_array_equal(open_bytes(bytes(data)).pixels, upright(VOLUME, 9))


@pytest.mark.parametrize("version", [1, 2])
def test_both_versions_are_read(version: int) -> None:
    scan = open_bytes(written(VOLUME, version=version), frame=3)
    np.testing.assert_array_equal(scan.pixels, upright(VOLUME, 3))
    assert scan.kind == "nifti"


@pytest.mark.parametrize("size", [1, 1000, 70_000])
def test_members_of_gzip_belong_together(size: int) -> None:
    data = written(VOLUME)
    parts = [data[at : at + size] for at in range(0, len(data), size)] if size > 1 else [data, b""]
    packed = b"".join(map(gzip.compress, parts))
    np.testing.assert_array_equal(open_bytes(packed).pixels, upright(VOLUME, 9))
    np.testing.assert_array_equal(open_bytes(packed + bytes(100)).pixels, upright(VOLUME, 9))


def test_a_second_member_that_is_cut_is_refused() -> None:
    data = written(VOLUME)
    packed = gzip.compress(data[:5000]) + gzip.compress(data[5000:])
    with pytest.raises(IntakeError) as caught:
        open_bytes(packed[:-30])
    assert caught.value.code == "truncated"


@pytest.mark.parametrize(("thin", "long"), [(0, (1, 2)), (1, (0, 2)), (2, (0, 1))])
def test_a_single_slice_shows_its_two_long_axes(thin: int, long: tuple[int, int]) -> None:
    shape = [32, 40, 48]
    shape[thin] = 1
    volume = np.arange(np.prod(shape), dtype=np.int32).reshape(shape)
    flat = volume.squeeze(thin)  # columns along the first long axis, rows along the second
    scan = open_bytes(written(volume))
    np.testing.assert_array_equal(scan.pixels, flat.T[::-1])
    assert (scan.frame, scan.frames) == (0, 1)
    assert scan.pixels.shape == (shape[long[1]], shape[long[0]])


def test_the_middle_slice_of_the_middle_volume_is_the_default() -> None:
    series = np.stack([VOLUME, VOLUME + 1000, VOLUME + 2000, VOLUME + 3000], axis=-1)
    scan = open_bytes(written(series))
    assert (scan.frame, scan.frames) == (2 * 18 + 9, 72)
    np.testing.assert_array_equal(scan.pixels, upright(VOLUME, 9) + 2000)
    np.testing.assert_array_equal(open_bytes(written(series), frame=5).pixels, upright(VOLUME, 5))


def test_thick_slices_have_oblong_pixels_when_seen_from_the_front() -> None:
    volume = np.arange(32 * 40, dtype=np.int16).reshape(32, 1, 40)
    scan = open_bytes(written(volume, np.diag([0.5, 1.0, 2.0, 1.0])))
    assert scan.spacing_mm == (2.0, 0.5)
    assert scan.aspect == 4.0


@pytest.mark.parametrize("name", ["example4d.nii.gz", "anatomical.nii", "example_nifti2.nii.gz"])
def test_what_nibabel_reads_is_read_with_the_same_values(name: str) -> None:
    data = Path(data_path) / name
    canonical = nibabel.as_closest_canonical(nibabel.load(data))
    values = canonical.get_fdata().reshape(*canonical.shape[:3], -1)
    slices, times = values.shape[2:]
    scan = open_bytes(data.read_bytes())
    expected = upright(values[..., times // 2], slices // 2)
    np.testing.assert_allclose(scan.pixels, expected, rtol=1e-5)


def test_a_nan_in_every_affine_is_no_crash() -> None:
    data = bytearray(written(VOLUME))
    for at in range(256, 328, 4):  # quaternion, offsets and the rows of the sform
        data[at : at + 4] = np.float32(np.nan).tobytes()
    np.testing.assert_array_equal(open_bytes(bytes(data)).pixels, upright(VOLUME, 9))


def test_header_and_picture_in_two_files_are_refused_by_name() -> None:
    out = {"header": BytesIO(), "image": BytesIO()}
    pair = nibabel.Nifti1Pair(VOLUME, np.eye(4))
    pair.to_file_map({name: nibabel.FileHolder(fileobj=file) for name, file in out.items()})
    with pytest.raises(IntakeError, match="image file that belongs to this header"):
        open_bytes(out["header"].getvalue())
