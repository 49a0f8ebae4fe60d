"""Has dciodvfy and PixelMed's validator look at structured reports on scans of every class.

``python -m tests.pacs.validators FOLDER``: a folder a class, of DICOM files and pictures. Pictures
are wrapped into DICOM objects of the class's kind while this runs; where a class has
fewer than ten scans, images of Medical MNIST (``ARNCNN_DATA``) make up the rest. One JSON line a
class, and the errors.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom.uid import CTImageStorage, DigitalXRayImageStorageForPresentation, MRImageStorage

from arncnn import config
from arncnn.cases.loaded_model import LoadedModel
from arncnn.errors import ArncnnError
from arncnn.inference.prepared import Prepared
from arncnn.intake import identify_file, open_scan
from arncnn.reports.structured_report import image_report
from tests.pacs import objects

SCANS = 10  # of every class
_CLASSES = {
    "AbdomenCT": ("CT", CTImageStorage),
    "BreastMRI": ("MR", MRImageStorage),
    "CXR": ("DX", DigitalXRayImageStorageForPresentation),
    "ChestCT": ("CT", CTImageStorage),
    "Hand": ("DX", DigitalXRayImageStorageForPresentation),
    "HeadCT": ("CT", CTImageStorage),
}
_JAR = Path("/usr/share/java/pixelmed.jar")
# Java 17 limits XPath more tightly than the validator's style sheets need.
_LIMITS = [f"-Djdk.xml.xpath{name}=0" for name in ("ExprGrpLimit", "ExprOpLimit", "TotalOpLimit")]


def _scans(folder: Path, label: str, work: Path) -> Iterator[tuple[str, Path]]:
    """Where a scan comes from, and its file."""
    for path in sorted((folder / label).rglob("*")):
        if path.suffix == ".dcm":
            yield "dicom", path
    for number, path in enumerate(sorted((folder / label).rglob("*"))):
        if path.suffix.lower() in (".png", ".jpg", ".jpeg"):
            yield "wrapped", _wrapped(path.read_bytes(), label, number, work)
    for number, data in enumerate(_medical_mnist(label)):
        yield "medical_mnist", _wrapped(data, label, 1000 + number, work)


def _medical_mnist(label: str) -> Iterator[bytes]:
    archive = os.environ.get("ARNCNN_DATA", "")
    if not archive:
        return
    with tarfile.open(archive) as held:
        for member in held:
            file = held.extractfile(member) if f"/{label}/" in f"/{member.name}" else None
            if file is not None:
                yield file.read()


def _wrapped(picture: bytes, label: str, number: int, work: Path) -> Path:
    modality, sop_class = _CLASSES[label]
    with Image.open(BytesIO(picture)) as image:
        grey = np.asarray(image.convert("L"))
    name = f"{objects.ROOT}.9.{list(_CLASSES).index(label)}.{number}"
    path = work / f"{label}-{number}.dcm"
    path.write_bytes(objects.of_picture(grey, name, modality, sop_class))
    return path


def _dciodvfy(file: Path) -> list[str]:
    ran = subprocess.run(["dciodvfy", file], capture_output=True, text=True, timeout=60)
    return [line for line in (ran.stdout + ran.stderr).splitlines() if "Error" in line]


def _pixelmed(file: Path) -> list[str]:
    ran = subprocess.run(
        ["java", *_LIMITS, "-cp", str(_JAR), _VALIDATOR, str(file)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    said = (ran.stdout + ran.stderr).splitlines()
    if "IOD validation complete" not in said:
        return ["the validator did not run", *said[-3:]]
    return [line for line in said if "Error" in line or "Exception" in line]


_VALIDATOR = "com.pixelmed.validate.DicomSRValidator"


def main() -> int:
    """Validate and say what was found."""
    folder, errors = Path(sys.argv[1]), []
    asked = {"dciodvfy": _dciodvfy} if shutil.which("dciodvfy") else {}
    if _JAR.exists() and shutil.which("java"):
        asked["pixelmed"] = _pixelmed
    reader = LoadedModel.open(config.default_model()).reader
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        for label in _CLASSES:
            counts: dict[str, int] = {"refused": 0, **dict.fromkeys(asked, 0)}
            scans = 0
            for kind, path in _scans(folder, label, work):
                try:
                    (reading,) = reader.read_prepared([Prepared.of(open_scan(path))])
                    body = image_report(reading, identify_file(path))
                except ArncnnError:
                    counts["without report"] = counts.get("without report", 0) + 1
                    continue
                scans += 1
                counts[kind] = counts.get(kind, 0) + 1
                counts["refused"] += reading.label is None
                file = work / "report.dcm"
                file.write_bytes(body)
                for name, validate in asked.items():
                    found = validate(file)
                    counts[name] += len(found)
                    errors += [f"{label} {name}: {line}" for line in found]
                if scans == SCANS:
                    break
            sys.stdout.write(json.dumps({"class": label, "scans": scans, **counts}) + "\n")
            sys.stdout.flush()
    sys.stdout.write("\n".join(errors[:20]) + "\n" if errors else "no error\n")
    return 1 if errors else 0


if __name__ == "__main__":
    raise SystemExit(main())
