"""What Linux says of this process and of a sandbox's children; zeros elsewhere."""

import os
import re
from contextlib import suppress
from pathlib import Path

from arncnn.intake.sandbox import Sandbox

_MB = 1 << 20
_RESET_PEAK = "5"  # proc(5), clear_refs
_TICKS = os.sysconf("SC_CLK_TCK")


def resident_mb() -> float:
    """This process's memory now."""
    with suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE") / _MB
    return 0.0


def take_peak_mb(box: Sandbox) -> float:
    """The most memory a living or just ended child held since it was last asked."""
    peak, box.peak_kib = box.peak_kib, 0
    for child in _children(box):
        with suppress(OSError, AttributeError):
            found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{child}/status").read_text())
            peak = max(peak, int(found[1]))
            Path(f"/proc/{child}/clear_refs").write_text(_RESET_PEAK)
    return peak / 1024


def cpu_s(box: Sandbox) -> float:
    """Processor seconds of all children of the sandbox so far, ended ones included."""
    total = box.cpu_s
    for child in _children(box):
        with suppress(OSError):
            fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / _TICKS
    return total


def _children(box: Sandbox) -> list[int]:
    return [worker._number for worker in box._idle]
