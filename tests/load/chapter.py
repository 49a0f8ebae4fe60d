"""The figures of the chapter on scale, from stored results: ``python -m tests.load.chapter``.

What is measured comes from ``tests.load.kept``, ``tests.chaos.reading``,
``tests.load.training_tries``, ``tests.load.alternatives`` and ``make load``; what a hospital or an
archive would need is worked out from that, and from nothing else but the sizes that are named here.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CHAPTER, MEASURED = ROOT / "ARCHITECTURE.md", ROOT / "assets/measured"

_STUDIES_A_DAY, _SLICES = 1_000, 200
_ARCHIVE = 100_000_000
_CORES = 64
_PRESS_EVERY_S = 10
_HOUR, _YEAR = 3600, 365
_MB, _GB, _TB = 1e6, 1e9, 1e12
_TRIES = {
    "plain": "Plain `model.fit`, float32, arrays in memory",
    "plain_bfloat16": "The same in mixed bfloat16",
    "ours": "Ours: mixed bfloat16, batches prepared beside the step",
    "ours_robust": "Ours, robust recipe (appearance randomised)",
    "ours_float32": "Ours in float32",
    "products": "Attention's 1 × 1 convolutions as matrix products",
    "xla": "XLA, mixed bfloat16",
    "xla_float32": "XLA, float32",
    "without_attention": "For comparison: no attention at all",
    "forward": "For comparison: the forward pass alone",
    "batches_paper": "For comparison: the batches alone",
    "batches_robust": "For comparison: the robust recipe's batches alone",
}
_PACKAGES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
_ALTERNATIVES = {  # in float32 and in bfloat16
    "Plain `model.fit`": ("tensorflow", "tensorflow_bfloat16"),
    "Ours": ("ours_float32", "ours"),
    "Ours, attention's first convolutions fused": ("ours_float32_fused", "ours_fused"),
    "Keras on JAX": ("jax", "jax_bfloat16"),
    "PyTorch": ("torch", ""),
    "PyTorch, channels last": ("torch_channels_last", "torch_bfloat16"),
    "`torch.compile`": ("torch_compiled", ""),
    "`torch.compile`, channels last": ("torch_compiled_channels_last", "torch_compiled_bfloat16"),
}
_BLOCK = re.compile(r"(<!-- (scale|training|alternatives) -->\n).*?(\n<!-- end -->)", re.DOTALL)


def filled(text: str) -> str:
    """The chapter with the stored figures."""
    made = {"scale": _tables, "training": _tries, "alternatives": _alternatives}
    return _BLOCK.sub(lambda found: f"{found[1]}{made[found[2]]()}{found[3]}", text)


def _tries() -> str:
    tries = _stored("training-tries")
    rows = [
        f"| {title} | {1000 * tries['seconds_an_image'][name]['processor_s']:.1f} ms | "
        f"{tries['against_plain'][name]['processor_s']:.2f} |"
        for name, title in _TRIES.items()
        if name in tries["against_plain"]
    ]
    failed = [f"| {_TRIES[name]} | cannot be run here | |" for name in tries["failed"]]
    head = "| Training, paper recipe, batches of 40 | Processor time an image | Ratio |"
    return "\n".join([head, "| --- | --- | --- |", *rows, *failed])


def _alternatives() -> str:
    found = _stored("training-alternatives")
    steps = found["seconds_a_step"]
    plain = steps["tensorflow"]["processor_s"]

    def told(name: str) -> str:
        if (step := steps.get(name)) is None:
            return "– |"
        passed, used = 1000 * step["passed_s"], step["processor_s"]
        return f"{passed:.0f} ms, {1000 * used:.0f} ms, {plain / used:.2f} |"

    rows = [
        f"| {title} | {told(float32)} {told(bfloat16)}"
        for title, (float32, bfloat16) in _ALTERNATIVES.items()
        if float32 in steps or bfloat16 in steps
    ]
    failed = [f"| {_PACKAGES[name]} | not to be had here | |" for name in found["failed"]]
    versions = ", ".join(f"{_PACKAGES[key]} {each}" for key, each in found["versions"].items())
    n = min(found["steps"].values())
    head = f"| A training step, {versions}, n = {n} | float32 | mixed bfloat16 |"
    return "\n".join([head, "| --- | --- | --- |", *rows, *failed])


def _tables() -> str:
    kept, ray, load = (_stored(name) for name in ("kept", "reading-on-ray", "load"))
    small, slices = kept["jpeg_64"], kept["dicom_512"]
    n = kept["scans_of_each_kind"]
    page_s, memory = load["acting"]["reruns"]["median_s"], load["memory"]["resident_mb"]
    measured = [
        (f"64-pixel JPEGs, read, n = {n}", _seconds(small["processor_s_read"]), _rows(small)),
        (
            f"512 × 512 CT slices, read, n = {n}",
            _seconds(slices["processor_s_read"]),
            _rows(slices),
        ),
        ("64-pixel JPEGs, read and kept", _seconds(small["processor_s_kept"]), _disk(small)),
        ("512 × 512 CT slices, read and kept", _seconds(slices["processor_s_kept"]), _disk(slices)),
        (
            f"64-pixel JPEGs by Ray, {ray['files']:,} files, {ray['kills']} workers killed",
            _seconds(1000 / ray["files_per_second"] * ray["machine"]["cores"]),
            f"{ray['lost']} lost, {ray['doubled']} doubled",
        ),
        (
            f"Pages shown to {load['acting']['sessions']} sessions, n = "
            f"{load['acting']['reruns']['n']}",
            f"at most {_seconds(1000 * page_s)}",
            f"one process, {memory['after_500']:,.0f} MB after {load['memory']['uploads']} uploads",
        ),
    ]
    a_day = _STUDIES_A_DAY * _SLICES / 1000
    archive = _ARCHIVE / 1000
    core_s = archive * slices["processor_s_read"]
    by_calculation = [
        ("processor time a day", f"{a_day * slices['processor_s_kept'] / _HOUR:.1f} h of one core"),
        ("pixels a day, a year", f"{a_day * slices['pixels_bytes'] / _GB:,.0f} GB, "
         f"{_YEAR * a_day * slices['pixels_bytes'] / _TB:,.0f} TB"),
        ("database a year", f"{_YEAR * a_day * slices['database_bytes'] / _GB:,.0f} GB"),
    ]  # fmt: skip
    of_archive = [
        ("processor time", f"{core_s / _HOUR:,.0f} h of one core, {core_s / _HOUR / _CORES:,.1f} h "
         f"of {_CORES} if they scale"),
        ("bytes to bring in", f"{_ARCHIVE * slices['file_bytes'] / _TB:,.0f} TB, "
         f"{_ARCHIVE * slices['file_bytes'] / _GB / _HOUR:,.1f} h at 1 GB per second"),
        ("rows as JSON lines", f"{archive * slices['row_bytes'] / _GB:,.0f} GB"),
    ]  # fmt: skip
    hospital = f"{_STUDIES_A_DAY:,} studies of {_SLICES} slices a day, kept"
    sessions = _PRESS_EVERY_S / page_s
    rows = [
        *(f"| {hospital}: {what} | {much} |" for what, much in by_calculation),
        *(f"| {_ARCHIVE:,} CT slices, read: {what} | {much} |" for what, much in of_archive),
        f"| Sessions that fill one dashboard, a press every {_PRESS_EVERY_S} s, at the median page "
        f"| {sessions:,.0f} |",
    ]
    head = "| Per thousand | Processor time | Besides |\n| --- | --- | --- |\n"
    first = "\n".join(f"| {' | '.join(row)} |" for row in measured)
    return f"{head}{first}\n\n| By calculation | |\n| --- | --- |\n" + "\n".join(rows)


def _stored(name: str) -> Any:
    return json.loads((MEASURED / f"{name}.json").read_text(encoding="utf-8"))


def _seconds(value: float) -> str:
    return f"{value:.1f} s"


def _rows(kind: Any) -> str:
    return f"{kind['row_bytes'] / _MB:.1f} MB of rows"


def _disk(kind: Any) -> str:
    pixels, database = kind["pixels_bytes"] / _MB, kind["database_bytes"] / _MB
    return f"{pixels:,.0f} MB of pixels, {database:.1f} MB of database"


def main() -> int:
    """Puts the figures in; 0 when done."""
    CHAPTER.write_text(filled(CHAPTER.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
