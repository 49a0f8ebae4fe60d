"""Targets: what was aimed at, what was measured and the ratio of the two, in one table.

``bench``, ``make load`` and ``make chaos-ray`` each write their section of the table with a
description of the machine. A ratio of 1 or more meets its target, whichever way is better. One
that fell by more than a tenth against the stored table is named. What was measured on a busy
machine says little, so it does not enter the table.
"""

import json
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from arncnn.files import write_durably

Result = Mapping[str, Any]
Source = Literal["bench", "load", "chaos-ray"]

FALL = 0.1  # of the stored ratio, from which on it is named
_LARGEST = 1000.0  # ratio of what cost nothing
_BUSY = 2  # processes that want each core; niced ones in the background are one of them


@dataclass(frozen=True)
class Target:
    """What is aimed at.

    Attributes:
        key: stable name in the table; where the figure lies in the result, unless ``of`` says so.
        title: what a person reads.
        limit: the figure aimed at.
        unit: of it, such as "s"; empty for ratios and counts.
        is_at_most: whether less is better.
        is_relative: whether it was measured as a ratio within one run, which another machine has
            nearly alike; other figures are compared on one machine only.
        n: where the number of measurements lies; empty where it is no matter.
        of: gives the figure where it lies in no single place.
    """

    key: str
    title: str
    limit: float
    unit: str = ""
    is_at_most: bool = True
    is_relative: bool = False
    n: str = ""
    of: Callable[[Result], float | None] | None = None

    def measured(self, result: Result) -> float | None:
        """The figure, or None where it was not measured."""
        found = self.of(result) if self.of else _at(result, self.key)
        return None if found is None else float(found)

    def ratio(self, measured: float) -> float:
        """1 or more where the target is met; of a target of nothing, 1 or 0."""
        if not self.limit:
            return float(measured == 0)
        if not self.is_at_most:
            return measured / self.limit
        return min(self.limit / measured, _LARGEST) if measured > 0 else _LARGEST


def _slowest_page(result: Result) -> float | None:
    pages = result.get("pages") or {}
    return max((page["content_s"] for page in pages.values()), default=None)


def _memory_left(result: Result) -> float | None:
    growth = _at(result, "memory.growth")
    return None if growth is None else 1 + growth


def _memory_given_back(result: Result) -> float | None:
    """Of the dashboard that was not killed, the second."""
    seen = _at(result, "scale.resident_mb")
    return None if seen is None else seen["after_all_have_gone"][-1] / seen["before"][-1]


TARGETS: Mapping[Source, tuple[Target, ...]] = {
    "bench": (
        Target("reading_to_forward_ratio", "A picture read, in forward passes", 1.3,
               is_relative=True, n="repeats"),
        Target("ct_reading_to_forward_ratio", "A CT read by two windows, in passes of two", 1.3,
               is_relative=True, n="repeats"),
        Target("batches.jpeg_64.ratio", "64-pixel JPEGs in batches, of the bare rate", 0.5,
               is_at_most=False, is_relative=True, n="batches.jpeg_64.files"),
        Target("batches.dicom_512.ratio", "512 × 512 DICOM in batches, of the bare rate", 0.25,
               is_at_most=False, is_relative=True, n="batches.dicom_512.files"),
        Target("first_page_seconds", "Start until the first page is served", 1.5, "s"),
    ),
    "load": (
        Target("cold_start.first_paint_s", "Cold start to the first page, median", 1.5, "s",
               n="cold_start.starts"),
        Target("cold_start.first_reading_s", "Cold start to the first reading, median", 4.0, "s",
               n="cold_start.starts"),
        Target("upload_to_result.png.p95_s", "PNG from upload to result, p95", 1.0, "s",
               n="upload_to_result.png.n"),
        Target("upload_to_result.dicom_512.p95_s", "512 × 512 DICOM from upload to result, p95",
               1.5, "s", n="upload_to_result.dicom_512.n"),
        Target("viewer.first_picture.p95_s",
               "The viewer's first picture, 2,000 × 2,000 film, WebGL in software, p95", 1.0, "s",
               n="viewer.first_picture.n"),
        Target("viewer.slice_to_slice.p95_s",
               "The viewer, slice to slice of a CT, WebGL in software, p95", 0.1, "s",
               n="viewer.slice_to_slice.n"),
        Target("acting.reruns.p95_s", "A page anew for 50 sessions that act every 10 s, p95", 1.0,
               "s", n="acting.reruns.n"),
        Target("acting.errors", "Their errors", 0),
        Target("scale.pages.p95_s", "A page anew for 50 who act among 300 at two dashboards, p95",
               1.0, "s", n="scale.pages.n"),
        Target("scale.errors", "Their errors, one dashboard killed", 0),
        Target("scale.one_killed.cases_lost", "Open cases not there after a reload at the other", 0,
               n="scale.one_killed.came_back"),
        Target("scale.memory", "Memory of a dashboard once they have gone, over that before",
               1.1, is_relative=True, of=_memory_given_back),
        Target("pages.slowest", "Slowest page to its content, median", 1.5, "s", of=_slowest_page),
        Target("memory.left", "Memory once the sessions have gone, over that of the first reading",
               1.1, is_relative=True, n="memory.uploads", of=_memory_left),
        Target("memory.errors", "Errors in as many uploads", 0, n="memory.uploads"),
        *(
            Target(f"jobs.{engine}.{key}.worst", f"{title}, {engine}, worst", limit, "s",
                   n=f"jobs.{engine}.{key}.n")
            for key, title, limits in (
                ("cancelled_and_gone_s", "A training cancelled until it is gone", (2.0, 5.0)),
                ("progress_readable_s", "Progress of a training until it can be read", (1.0, 1.0)),
            )
            for engine, limit in zip(("local", "ray"), limits, strict=True)
        ),
        Target("training.our_paper_recipe_against.model_fit_on_files",
               "Training, images a second over those of plain `model.fit`", 2.5, is_at_most=False,
               is_relative=True, n="training.rounds"),
    ),
    "chaos-ray": (
        Target("lost", "Files lost, read on Ray while 20 workers are killed", 0, n="files"),
        Target("doubled", "Files in two rows", 0, n="files"),
    ),
}  # fmt: skip
"""In the order of the table."""


def machine() -> dict[str, Any]:
    """The machine as a result should name it, with how busy it is: ask before you measure."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def rows(source: Source, result: Result) -> list[dict[str, Any]]:
    """Every target of a source that was measured, with the figure and the ratio."""
    found = []
    for target in TARGETS[source]:
        measured = target.measured(result)
        if measured is not None:
            shown = {k: v for k, v in asdict(target).items() if k not in ("of", "n")}
            n = _at(result, target.n) if target.n else None
            found.append({**shown, "n": n, "measured": measured, "ratio": target.ratio(measured)})
    return found


def write(path: Path, source: Source, result: Result) -> list[str]:
    """Put a result's section into the table; what was not measured this time stays as it was.

    Args:
        path: of the table; made when it is not there.
        source: whose section.
        result: what was measured; its ``machine``, where it says none, is this one now.

    Returns:
        A sentence for each ratio that fell by more than a tenth; or why the table stays as it is.
    """
    table = load(path)
    before = table.get(source, {"machine": None, "rows": []})
    here, new = result.get("machine") or machine(), rows(source, result)
    busy = here.get("load", 0)
    if busy > _BUSY * here["cores"]:
        return [
            "The table of targets was not changed: the machine was busy before the run "
            f"began (load {busy:g} on {here['cores']} cores), so these figures are "
            "unreliable."
        ]
    fell = _fell(before, new, here)
    again = {row["key"] for row in new}
    order = [target.key for target in TARGETS[source]]
    kept = [
        {"machine": before["machine"], **row}
        for row in before["rows"]
        if row["key"] in order and row["key"] not in again
    ]
    both = sorted([*new, *kept], key=lambda row: order.index(row["key"]))
    table[source] = {"machine": here, "rows": both}
    write_durably(path, (json.dumps(table, indent=1) + "\n").encode(), is_private=False)
    return fell


def load(path: Path) -> dict[str, Any]:
    """The stored table by source; empty before anything was measured."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


def _fell(before: Result, new: list[dict[str, Any]], here: Result) -> list[str]:
    old = {row["key"]: row for row in before["rows"]}
    sentences = []
    for row in new:
        known = old.get(row["key"])
        if known is None:
            continue
        there = known.get("machine", before["machine"])
        if not row["is_relative"] and not _is_same(there, here):
            continue
        if row["ratio"] < (1 - FALL) * known["ratio"]:
            sentences.append(
                f"Fell by more than a tenth: {row['title']}: {row['measured']:.3g}, was "
                f"{known['measured']:.3g} (ratio to the target {row['ratio']:.2f}, was "
                f"{known['ratio']:.2f})."
            )
    return sentences


def _is_same(one: Result | None, other: Result) -> bool:
    names = ("processor", "cores", "memory_gib")
    return one is not None and all(one.get(name) == other.get(name) for name in names)


def _at(result: Result, key: str) -> Any:
    found: Any = result
    for name in key.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
