"""Devices: where a training can run here, proven by a real operation in a process of its own.

A graphics card that the driver shows is promised only after Keras's backend has multiplied on
it. What a training costs is measured, not guessed: a few steps of the real network.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import arncnn
from arncnn import config
from arncnn.errors import JobError
from arncnn.files import write_durably
from arncnn.jobs.engines.process import host

_TIMEOUT_S = 300.0
_GIBIBYTE = 2**30
_MEBIBYTE = 2**20


@dataclass(frozen=True)
class Device:
    """One place to train.

    Attributes:
        name: "kind:number@host", as jobs carry it.
        kind: "gpu" or "cpu".
        title: what the maker calls it.
        memory_bytes: its memory; None when unknown.
        training_images_per_second: measured with the real network; None when not measured.
        reading_images_per_second: likewise, forward only.
    """

    name: str
    kind: str
    title: str
    memory_bytes: int | None
    training_images_per_second: float | None = None
    reading_images_per_second: float | None = None

    @property
    def sentence(self) -> str:
        """The device in words."""
        memory = f", {self.memory_bytes / _GIBIBYTE:.0f} GiB" if self.memory_bytes else ""
        speed = self.training_images_per_second
        pace = f", {speed:,.0f} images a second measured" if speed else ", speed not measured yet"
        kind = "Graphics card" if self.kind == "gpu" else "Processor (no usable graphics card)"
        return f"{kind}: {self.title}{memory}{pace}."


@dataclass(frozen=True)
class Survey:
    """What was found on this machine.

    Attributes:
        devices: where trainings run, one at a time each: the graphics cards that were proven,
            or else the processor.
        backend: Keras's, e.g. "tensorflow".
        notes: sentences, for example on a card that cannot be used.
        measured_at: Unix seconds.
    """

    devices: tuple[Device, ...]
    backend: str
    notes: tuple[str, ...]
    measured_at: float

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Survey":
        """Read what ``to_json`` wrote."""
        devices = tuple(Device(**device) for device in values["devices"])
        notes = tuple(values["notes"])
        return cls(devices, values["backend"], notes, values["measured_at"])

    def fitting(self, wanted: str) -> Device | None:
        """The first device that a job wanting "any", a kind or a name would run on."""
        for device in self.devices:
            numbered = device.name.partition("@")[0]
            if wanted in ("any", device.kind, numbered, device.name):
                return device
        return None


def known() -> Survey | None:
    """The survey made earlier on this machine by this version; None when there is none."""
    try:
        stored = json.loads(_file().read_text(encoding="utf-8"))
        return Survey.from_json(stored) if stored.pop("made_for") == _made_for() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # it only saves work: the machine is surveyed again


def survey(*, anew: bool = False) -> Survey:
    """Find and measure the devices, about half a minute; afterwards the result is at hand.

    Raises:
        JobError: not even the processor could train.
    """
    earlier = None if anew else known()
    if earlier is not None:
        return earlier
    found = _probe()
    cards, notes = _cards(), []
    usable = found["devices"]
    if cards and not any(device["kind"] == "gpu" for device in usable):
        notes.append(
            f"{cards[0][0]} is in this machine, but {found['backend']} cannot compute on it: "
            "install its libraries with 'make gpu' or 'make gpu-jax'."
        )
    devices = []
    for number, device in enumerate(usable):
        memory = device.get("memory_bytes")
        if device["kind"] == "gpu" and memory is None and number < len(cards):
            memory = cards[number][1]
        devices.append(
            Device(
                name=f"{device['kind']}:{number}@{host()}",
                kind=device["kind"],
                title=device["title"],
                memory_bytes=memory,
                training_images_per_second=found.get("training_images_per_second"),
                reading_images_per_second=found.get("reading_images_per_second"),
            )
        )
    result = Survey(tuple(devices), found["backend"], tuple(notes), time.time())
    stored = {**result.to_json(), "made_for": _made_for()}
    write_durably(_file(), json.dumps(stored, indent=1).encode())
    return result


def _file() -> Path:
    return config.jobs_folder() / "devices.json"


def _made_for() -> list[str]:
    return [arncnn.__version__, host(), os.environ.get("KERAS_BACKEND", "tensorflow")]


def _probe() -> dict[str, Any]:
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "arncnn.jobs.device_speed"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            cwd=Path(arncnn.__file__).parent.parent,
            check=False,
        )
        return dict(json.loads(ended.stdout.strip().splitlines()[-1]))
    except subprocess.TimeoutExpired as error:
        raise JobError(
            f"A trial step of the network took more than {_TIMEOUT_S / 60:.0f} minutes: "
            "this machine is too busy to be measured. Try again when it is less busy."
        ) from error
    except (ValueError, IndexError) as error:
        raise JobError(
            "This machine could not run a trial step of the network, so nothing can be "
            "trained here. Check that the packages of requirements.txt are installed and "
            "that memory is free."
        ) from error


def _cards() -> list[tuple[str, int]]:
    """Names and bytes of the NVIDIA cards that the driver shows."""
    if shutil.which("nvidia-smi") is None:
        return []
    query = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    shown = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    cards = (line.rpartition(",") for line in shown.strip().splitlines())
    return [(name.strip(), int(mib) * _MEBIBYTE) for name, _, mib in cards if mib.strip().isdigit()]
