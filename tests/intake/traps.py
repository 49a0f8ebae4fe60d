"""Hand-made bombs and traps: name to bytes. Each is to be read or refused in a second and 512 MB.

A list of small builders, one a trap, so it goes past 300 lines.
"""

import gzip
import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import numpy as np
from PIL import Image
from pydicom import uid
from pydicom.encaps import encapsulate

from tests.intake import made

TRAPS: dict[str, Callable[[], bytes]] = {}
_MIB = 1 << 20
_SQ_UNDEFINED = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF)
_ITEM_UNDEFINED = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)


def trap(build: Callable[[], bytes]) -> Callable[[], bytes]:
    """Enters a builder under its name."""
    TRAPS[build.__name__] = build
    return build


def _zeros(mebibytes: int) -> bytes:
    """A raw deflate stream of that many zeros, made without compressing them all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    one = packer.compress(bytes(_MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return one * mebibytes + b"\x03\x00"


def _zlib_zeros(mebibytes: int) -> bytes:
    """The same as a zlib stream, checksum and all (Adler-32 of zeros: 1 and their number)."""
    return b"\x78\xda" + _zeros(mebibytes) + struct.pack(">HH", mebibytes * _MIB % 65521, 1)


def _jpeg(height: int = 32, width: int = 48) -> bytes:
    return made.picture(made.ramp(height, width, 255).astype(np.uint8), "JPEG")


def _jpeg_claiming(height: int, width: int) -> bytes:
    stream = bytearray(_jpeg())
    struct.pack_into(">HH", stream, stream.index(b"\xff\xc0") + 5, height, width)
    return bytes(stream)


def _spliced(addition: bytes) -> bytes:
    """A sound DICOM file with elements put in before its group 0028."""
    file = made.dicom()
    at = file.index(struct.pack("<HH2s", 0x0028, 0x0002, b"US"))
    return file[:at] + addition + file[at:]


# Deflate


@trap
def deflated_dicom_of_300_mb_of_zeros() -> bytes:
    empty = made.deflated(b"")
    return empty[:-2] + _zeros(300)


@trap
def deflated_dicom_whose_pixels_grow_500_times() -> bytes:
    return made.deflated(made.body(made.dicom(np.zeros((2048, 2048), np.uint16))))


@trap
def deflated_dicom_that_is_no_deflate() -> bytes:
    file = made.deflated(made.body(made.dicom()))
    return file[:-200] + b"\xff" * 200


@trap
def deflated_dicom_cut_short() -> bytes:
    return made.deflated(made.body(made.dicom()))[:-30]


@trap
def gzip_of_400_mb_of_zeros() -> bytes:
    return b"\x1f\x8b\x08" + bytes(7) + _zeros(400) + bytes(8)


@trap
def gzip_in_gzip() -> bytes:
    return gzip.compress(gzip.compress(made.dicom()))


@trap
def gzip_cut_short() -> bytes:
    return gzip.compress(made.dicom())[:-20]


# RLE


def _rle(frame: bytes, **elements: object) -> bytes:
    return made.encapsulated(uid.RLELossless, frame, **elements)


@trap
def rle_that_unpacks_to_far_more_than_the_frame() -> bytes:
    return _rle(struct.pack("<16I", 1, 64, *[0] * 14) + b"\x81\x00" * 2_000_000)


@trap
def rle_with_segments_far_outside() -> bytes:
    return _rle(struct.pack("<16I", 15, *[0xFFFFFFF0] * 15) + b"\x00\x00")


@trap
def rle_with_no_segments() -> bytes:
    return _rle(struct.pack("<16I", *[0] * 16))


@trap
def rle_frame_shorter_than_its_header() -> bytes:
    return _rle(b"\x01\x00\x00\x00\x40\x00")


@trap
def rle_whose_last_run_reads_past_the_end() -> bytes:
    return _rle(struct.pack("<16I", 1, 64, *[0] * 14) + b"\x7f\x01\x02")


# Frame counts and sizes


@trap
def two_thousand_million_frames() -> bytes:
    return made.dicom(NumberOfFrames="2000000000")


@trap
def more_frames_than_pixels() -> bytes:
    return made.dicom(NumberOfFrames="19999")


@trap
def a_negative_number_of_frames() -> bytes:
    return made.dicom(NumberOfFrames="-4")


@trap
def rows_and_columns_at_their_largest() -> bytes:
    return made.dicom(Rows=65535, Columns=65535)


@trap
def no_rows() -> bytes:
    return made.dicom(Rows=0)


@trap
def sixty_four_bits_of_eight() -> bytes:
    return made.dicom(BitsAllocated=64)


@trap
def bits_that_do_not_exist() -> bytes:
    return made.dicom(BitsAllocated=13, BitsStored=13)


@trap
def more_bits_stored_than_allocated() -> bytes:
    return made.dicom(BitsStored=60000)


@trap
def encapsulated_with_fewer_frames_than_stated() -> bytes:
    return made.encapsulated(uid.JPEGBaseline8Bit, _jpeg(), NumberOfFrames="5000")


@trap
def an_offset_table_that_points_outside() -> bytes:
    file = made.dataset(np.zeros((32, 48), np.uint8), NumberOfFrames="2")
    file.file_meta.TransferSyntaxUID = uid.JPEGBaseline8Bit
    data = bytearray(encapsulate([_jpeg(), _jpeg()]))
    struct.pack_into("<II", data, 8, 0xFFFFFF00, 0xFFFFFFF0)
    file.PixelData = bytes(data)
    file["PixelData"].VR = "OB"
    file["PixelData"].is_undefined_length = True
    return made.written(file)


@trap
def an_extended_offset_table_of_lies() -> bytes:
    lie = struct.pack("<Q", 2**63)
    return made.encapsulated(
        uid.JPEGBaseline8Bit, _jpeg(), ExtendedOffsetTable=lie, ExtendedOffsetTableLengths=lie
    )


@trap
def an_encapsulated_fragment_longer_than_the_file() -> bytes:
    file = made.encapsulated(uid.JPEGBaseline8Bit, _jpeg())
    at = file.rindex(struct.pack("<HH", 0xFFFE, 0xE000))
    return file[: at + 4] + struct.pack("<I", 0x7FFFFFF0) + file[at + 8 :]


# Pixel bombs


@trap
def a_jpeg_of_65500_squared_in_a_small_dicom() -> bytes:
    return made.encapsulated(uid.JPEGBaseline8Bit, _jpeg_claiming(65500, 65500))


@trap
def a_jpeg_2000_of_60000_squared_in_a_small_dicom() -> bytes:
    size = struct.pack(">HHIIIIIIIIHBBB", 41, 0, *[60000, 60000, 0, 0] * 2, 1, 7, 1, 1)
    return made.encapsulated(uid.JPEG2000, b"\xff\x4f\xff\x51" + size + b"\xff\xd9" * 40)


@trap
def a_jpeg_2000_with_65535_tiles() -> bytes:
    size = struct.pack(">HHIIIIIIIIHBBB", 41, 0, 48, 32, 0, 0, 1, 1, 0, 0, 1, 7, 1, 1)
    return made.encapsulated(uid.JPEG2000, b"\xff\x4f\xff\x51" + size + b"\xff\x90" * 4000)


@trap
def a_png_of_60000_squared() -> bytes:
    return made.png_claiming(60000, 60000)


@trap
def a_png_of_two_thousand_million_columns() -> bytes:
    return made.png_claiming(2**31 - 1, 2**31 - 1)


@trap
def a_png_with_too_little_data() -> bytes:
    return made.png_claiming(6000, 6000, bytes(100))


@trap
def a_png_with_200_mb_in_a_text_chunk() -> bytes:
    file = made.picture(made.ramp().astype(np.uint8))
    text = b"Comment\x00\x00" + _zlib_zeros(200)
    return file[:33] + made.png_chunk(b"zTXt", text) + file[33:]


@trap
def a_png_with_a_200_mb_colour_profile() -> bytes:
    file = made.picture(made.ramp().astype(np.uint8))
    profile = b"p\x00\x00" + _zlib_zeros(200)
    return file[:33] + made.png_chunk(b"iCCP", profile) + file[33:]


@trap
def a_jpeg_of_65500_squared() -> bytes:
    return _jpeg_claiming(65500, 65500)


@trap
def a_jpeg_whose_scan_stops() -> bytes:
    return _jpeg(900, 900)[:2000]


@trap
def a_progressive_jpeg_of_a_thousand_scans() -> bytes:
    stream = made.picture(made.ramp(256, 256, 255).astype(np.uint8), "JPEG", progressive=True)
    last = stream.rindex(b"\xff\xda")
    return stream[:last] + stream[last:-2] * 1000 + stream[-2:]


@trap
def a_bmp_of_2_to_the_31_rows() -> bytes:
    file = bytearray(made.picture(made.ramp().astype(np.uint8), "BMP"))
    struct.pack_into("<ii", file, 18, 30000, -(2**31))
    return bytes(file)


@trap
def a_run_length_bmp_of_30000_squared() -> bytes:
    file = bytearray(made.picture(made.ramp().astype(np.uint8), "BMP"))
    struct.pack_into("<ii", file, 18, 30000, 30000)
    struct.pack_into("<I", file, 30, 1)
    return bytes(file)


def _tiff(entries: list[tuple[int, int, int, int]], following: int = 0) -> bytes:
    tags = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + tags + struct.pack("<I", following)


@trap
def a_tiff_whose_pages_go_round_in_a_circle() -> bytes:
    entries = [(256, 4, 1, 64), (257, 4, 1, 64), (258, 3, 1, 8), (262, 3, 1, 1), (273, 4, 1, 0)]
    return _tiff(entries, following=8) + bytes(4096)


@trap
def a_tiff_of_60000_squared() -> bytes:
    return _tiff([(256, 4, 1, 60000), (257, 4, 1, 60000), (258, 3, 1, 8), (262, 3, 1, 1)])


@trap
def a_tiff_tag_of_four_thousand_million_values() -> bytes:
    return _tiff([(256, 4, 1, 64), (257, 4, 1, 64), (273, 4, 0xFFFFFFFF, 8), (258, 3, 1, 8)])


@trap
def a_tiff_strip_of_deflated_zeros() -> bytes:
    strip = _zlib_zeros(300)
    entries = [(256, 4, 1, 64), (257, 4, 1, 64), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1)]
    entries += [(273, 4, 1, 8 + 2 + 7 * 12 + 4), (279, 4, 1, len(strip))]
    return _tiff(entries) + strip


@trap
def a_tiff_of_600_pages() -> bytes:
    out = BytesIO()
    page = Image.fromarray(np.zeros((16, 16), np.uint8))
    page.save(out, "TIFF", save_all=True, append_images=[page] * 600)
    return out.getvalue()


# Nesting and headers


@trap
def sequences_nested_ten_thousand_deep() -> bytes:
    return _spliced((_SQ_UNDEFINED + _ITEM_UNDEFINED) * 10_000)


@trap
def sequences_of_stated_length_nested_500_deep() -> bytes:
    inner = b""
    for _ in range(500):
        item = struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner
        inner = made.element(0x0008, 0x2218, b"SQ", item)  # AnatomicRegionSequence: is read
    return _spliced(inner)


@trap
def a_sequence_that_never_ends() -> bytes:
    return _spliced(_SQ_UNDEFINED + struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 20_000)


@trap
def functional_groups_by_the_ten_thousand() -> bytes:
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 20_000
    return _spliced(made.element(0x5200, 0x9230, b"SQ", item))


@trap
def a_hundred_thousand_elements() -> bytes:
    one = b"".join(made.element(0x0009, 0x1000 + i, b"LO", b"ab") for i in range(1000))
    return _spliced(one * 100)


@trap
def a_patient_name_of_40_mb() -> bytes:
    return _spliced(made.element(0x0010, 0x4000, b"UT", b"A" * (40 * _MIB)))


@trap
def a_body_part_of_60000_letters() -> bytes:
    return _spliced(made.element(0x0018, 0x0015, b"CS", b"CHEST " * 10_000))


@trap
def a_window_of_ten_thousand_values() -> bytes:
    many = b"\\".join([b"40"] * 10_000)
    return _spliced(
        made.element(0x0028, 0x1050, b"DS", many + b" ")
        + made.element(0x0028, 0x1051, b"DS", many + b" ")
    )


@trap
def a_rescale_slope_of_infinity() -> bytes:
    return _spliced(b"").replace(
        struct.pack("<HH2s", 0x7FE0, 0x0010, b"OW"),
        made.element(0x0028, 0x1052, b"DS", b"0 ")
        + made.element(0x0028, 0x1053, b"DS", b"1e999 ")
        + struct.pack("<HH2s", 0x7FE0, 0x0010, b"OW"),
    )


@trap
def a_window_that_is_not_a_number() -> bytes:
    return _spliced(
        made.element(0x0028, 0x1050, b"DS", b"NaN ") + made.element(0x0028, 0x1051, b"DS", b"inf ")
    )


@trap
def a_character_set_that_does_not_exist() -> bytes:
    return _spliced(made.element(0x0008, 0x0005, b"CS", b"ISO_IR 999999\\\\" * 50))


@trap
def a_lookup_table_of_nothing() -> bytes:
    item = made.element(0x0028, 0x3002, b"US", struct.pack("<3H", 0, 0, 16))
    item += made.element(0x0028, 0x3006, b"OW", b"")
    wrapped = struct.pack("<HHI", 0xFFFE, 0xE000, len(item)) + item
    file = made.dicom()
    at = file.index(struct.pack("<HH2s", 0x7FE0, 0x0010, b"OW"))
    return file[:at] + made.element(0x0028, 0x3000, b"SQ", wrapped) + file[at:]


@trap
def a_segmented_palette_that_repeats_itself() -> bytes:
    segment = struct.pack("<BB", 1, 255) + b"\xff"
    data = b"\x00\x01\x00" + segment * 20_000
    elements: dict[str, object] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name in ("Red", "Green", "Blue"):
        elements[f"{name}PaletteColorLookupTableDescriptor"] = [0, 0, 8]
        elements[f"Segmented{name}PaletteColorLookupTableData"] = data + b"\0"
    return made.dicom(np.zeros((32, 48), np.uint8), **elements)


# Wrong lengths


@trap
def an_element_longer_than_the_file() -> bytes:
    return _spliced(made.element(0x0010, 0x4000, b"UT", b"A", length=0x7FFFFFFF))


@trap
def pixels_longer_than_the_file() -> bytes:
    file = made.dicom()
    at = file.rindex(struct.pack("<HH2sH", 0x7FE0, 0x0010, b"OW", 0))
    return file[: at + 8] + struct.pack("<I", 0xFFFFFFF0) + file[at + 12 :]


@trap
def pixels_of_undefined_length_without_compression() -> bytes:
    file = made.dicom()
    at = file.rindex(struct.pack("<HH2sH", 0x7FE0, 0x0010, b"OW", 0))
    return file[: at + 8] + struct.pack("<I", 0xFFFFFFFF) + file[at + 12 :]


@trap
def a_file_meta_length_of_4_gb() -> bytes:
    file = bytearray(made.dicom())
    struct.pack_into("<I", file, file.index(b"\x02\x00\x00\x00UL") + 8, 0xFFFFFFFF)
    return bytes(file)


@trap
def a_dicom_file_of_its_preamble_alone() -> bytes:
    return bytes(128) + b"DICM"


@trap
def a_nifti_of_32767_cubed() -> bytes:
    header = bytearray(352)
    struct.pack_into("<i8h", header, 0, 348, *[0] * 8)
    struct.pack_into("<8h", header, 40, 7, *[32767] * 7)
    struct.pack_into("<h", header, 70, 16)
    struct.pack_into("<3f", header, 108, 352.0, 1.0, 0.0)
    header[344:348] = b"n+1\0"
    return bytes(header)


@trap
def a_nifti_whose_pixels_start_at_infinity() -> bytes:
    header = bytearray(a_nifti_of_32767_cubed())
    struct.pack_into("<8h", header, 40, 3, 64, 64, 1, 1, 1, 1, 1)
    struct.pack_into("<3f", header, 108, float("inf"), 1.0, 0.0)
    return bytes(header)


# Polyglots


@trap
def a_program_in_the_preamble() -> bytes:
    return b"\x7fELF" + b"\x90" * 124 + made.dicom()[128:]


@trap
def a_jpeg_that_is_also_a_zip() -> bytes:
    return _jpeg() + b"PK\x03\x04" + bytes(26) + b"PK\x05\x06" + bytes(18)


@trap
def a_png_with_dicm_at_128() -> bytes:
    file = bytearray(made.picture(np.random.default_rng(0).integers(0, 255, (64, 64)).astype("u1")))
    file[128:132] = b"DICM"
    return bytes(file)
