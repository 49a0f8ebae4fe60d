"""Intake limits: one table. What is sized is sized before it is decoded.

Two kinds of bound work together. The sizes below are read from a file's own
header and compared before any decoder allocates; the sandbox limits hold when a
header lies. Each line carries its reason.
"""

from dataclasses import dataclass

MIB = 1 << 20

# One file
MAX_FILE_BYTES = 256 * MIB  # a 200-frame 512x512 16-bit series is 100 MiB; a child holds it once
MAX_INFLATED_BYTES = 256 * MIB  # deflated DICOM and .gz: zlib reaches 1000:1, so cap what comes out
MAX_PIXELS = 40_000_000  # per frame; the largest mammograms have 28 million
MIN_SIDE = 16  # below this there is no anatomy to see
MAX_SIDE = 32_000  # the side a JPEG or DICOM Rows can state is 65,535; no detector has it
MAX_FRAMES = 20_000  # long cine runs and whole-body enhanced series stay below 5,000
MAX_TIFF_PAGES = 500  # counting pages means reading each page's directory
MAX_DECLARED_BYTES = 8 << 30  # rows x columns x samples x frames x bits, even if one is decoded
MAX_ELEMENTS = 20_000  # top-level DICOM elements; real headers have a few hundred
MAX_FRAGMENTS = 100_000  # pieces of compressed pixel data; one to a few for each frame
MAX_TEXT = 64  # characters of any header value kept; longer is not a term

# One ZIP
MAX_ARCHIVE_BYTES = 512 * MIB  # the file itself
MAX_ARCHIVE_ENTRIES = 500  # a CT series of 400 slices passes
MAX_ARCHIVE_TOTAL = 512 * MIB  # all members, inflated
MAX_ARCHIVE_RATIO = 100  # real scans deflate 2 to 10 times
RATIO_FREE_BYTES = 1 * MIB  # a member this small cannot hurt, whatever its ratio (blank slices)
MAX_DIRECTORY_BYTES = 1 * MIB  # the central directory: 500 entries with long names

# One ZIP of a data set, a folder a class: kept on disk and decoded file by file
MAX_DATA_SET_BYTES = 2048 * MIB  # the file itself: Medical MNIST has 60 MB, 100,000 films far more
MAX_DATA_SET_ENTRIES = 100_000
MAX_DATA_SET_TOTAL = 2048 * MIB  # all members, inflated
MAX_DATA_SET_DIRECTORY_BYTES = 32 * MIB  # 100,000 entries with long names
MAX_DATA_SETS_WAITING = 4096 * MIB  # of all sessions, on disk until somebody has them read in

# One upload, and all that one person has on disk at a time (held by the spool)
MAX_UPLOAD_BYTES = 512 * MIB
MAX_SESSION_BYTES = 2048 * MIB
MAX_RECEIVED_BYTES = 1024 * MIB  # in memory at a time, of all sessions: two full uploads

# One walk over folders
MAX_DEPTH = 32  # nested folders

# The sandbox
CHILD_MEMORY_BYTES = 440 * MIB  # on top of the empty child's 70 MiB: 512 MiB in all
CHILD_GROWTH_BYTES = 64 * MIB  # what earlier files may have left of libraries and freed memory
CPU_SECONDS = 0.8  # for any file: one that needs more is refused within a second
CPU_BYTES_PER_SECOND = 4 * MIB  # and a second more per 4 MiB, which lossless JPEG 2000 needs
CPU_INFLATED_PER_SECOND = 128 * MIB  # and per 128 MiB inflated, within that limit
CPU_PIXELS_PER_SECOND = 2_000_000  # and per 2 million pixels, once they are known to be stated
WALL_SECONDS = 30.0  # at least; a busy machine may be slow without the file being at fault
WALL_PER_CPU = 8.0  # the wall clock allows this many times the CPU seconds of the file's size
FILES_PER_CHILD = 100  # then a fresh child, so that no decoder's leak lasts
CHILDREN = 4  # at most at once
CHUNK = 1 * MIB  # what travels at a time; the parent never holds a whole file


@dataclass(frozen=True)
class ArchiveLimits:
    """What a ZIP may be.

    Attributes:
        size: bytes of the file itself.
        entries: how many files and folders it lists.
        total: bytes of all members, inflated.
        directory: bytes of its table of contents.
    """

    size: int
    entries: int
    total: int
    directory: int


SCANS = ArchiveLimits(
    MAX_ARCHIVE_BYTES, MAX_ARCHIVE_ENTRIES, MAX_ARCHIVE_TOTAL, MAX_DIRECTORY_BYTES
)
DATA_SET = ArchiveLimits(
    MAX_DATA_SET_BYTES, MAX_DATA_SET_ENTRIES, MAX_DATA_SET_TOTAL, MAX_DATA_SET_DIRECTORY_BYTES
)


def cpu_seconds(size: int) -> float:
    """CPU seconds a file of ``size`` bytes may use.

    >>> cpu_seconds(0), cpu_seconds(4 * MIB)
    (0.8, 1.8)
    """
    return CPU_SECONDS + size / CPU_BYTES_PER_SECOND


def wall_seconds(size: int) -> float:
    """Seconds by the clock after which a child is given up."""
    return max(WALL_SECONDS, WALL_PER_CPU * cpu_seconds(size))
