"""A training step by TensorFlow, JAX and PyTorch, in turns: ``python -m tests.load.alternatives``.

Every package has a process of its own, where it can be imported, and trains the same network on the
same batches of 40; one process takes steps while the others wait. The time that passes is told,
too, so other work should rest meanwhile. assets/measured/training-alternatives.json keeps the
medians and ``python -m tests.load.chapter`` puts them into ARCHITECTURE.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from itertools import chain, count, islice
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[2]
STORED = ROOT / "assets/measured/training-alternatives.json"
_PACKAGES = ("tensorflow", "jax", "torch")
_STEPS = 5  # of one turn
Turn = Callable[[], object]  # takes _STEPS steps


def serve(package: str) -> int:
    """Makes the ways of a package, then takes a turn for every name on standard input."""
    made = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[package]()
    ways: dict[str, Turn] = {}
    failed: dict[str, str] = {}
    for name, make in made.items():
        try:
            ways[name] = make()
            ways[name]()  # compiles
            ways[name]()
        except Exception as error:  # noqa: BLE001 - what a package cannot do is a result
            ways.pop(name, None)
            failed[name] = (str(error).strip() or type(error).__name__).splitlines()[0][:160]
    _say({"ways": list(ways), "failed": failed, "version": version(package)})
    for line in sys.stdin:
        began, used = time.perf_counter(), time.process_time()
        ways[line.strip()]()
        passed, processor = time.perf_counter() - began, time.process_time() - used
        _say({"passed_s": passed / _STEPS, "processor_s": processor / _STEPS})
    return 0


def measure(repeats: int, turns: int, seconds: float) -> dict[str, Any]:
    """Median seconds a step of every way, of each repeat and of all turns."""
    from arncnn.experiments import targets

    running: dict[str, subprocess.Popen[str]] = {}
    ways: dict[str, str] = {}
    failed: dict[str, str] = {}
    versions: dict[str, str] = {}
    for package in _PACKAGES:
        if find_spec(package) is None:
            failed[package] = "not installed"
        else:
            running[package] = _started(package)
    for package, process in running.items():
        told = _heard(process)
        ways.update(dict.fromkeys(told["ways"], package))
        failed.update(told["failed"])
        versions[package] = told["version"]
    until = time.monotonic() + seconds
    machine = targets.machine()
    seen: dict[str, list[list[dict[str, float]]]] = {way: [] for way in ways}
    for _ in range(repeats):
        for way in ways:
            seen[way].append([])
        for _ in range(turns):
            if time.monotonic() > until:
                break
            for way, package in ways.items():
                _stdin(running[package]).write(f"{way}\n")
                _stdin(running[package]).flush()
                seen[way][-1].append(_heard(running[package]))
    for process in running.values():
        _stdin(process).close()
        process.wait()
    return {
        "machine": machine,
        "versions": versions,
        "steps": {way: _STEPS * sum(map(len, each)) for way, each in seen.items()},
        "seconds_a_step": {
            way: {
                key: statistics.median(turn[key] for turn in chain(*each))
                for key in ("passed_s", "processor_s")
            }
            | {"repeats_passed_s": [statistics.median(t["passed_s"] for t in r) for r in each if r]}
            for way, each in seen.items()
        },
        "failed": failed,
    }


def _started(package: str) -> subprocess.Popen[str]:
    backend = {"jax": "jax"}.get(package, "tensorflow")
    return subprocess.Popen(
        [sys.executable, "-m", "tests.load.alternatives", "--serve", package],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": backend},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _stdin(process: subprocess.Popen[str]) -> Any:
    return process.stdin


def _heard(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("{"):
            return json.loads(line)
    raise RuntimeError("a package's process ended")


def _say(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _tensorflow() -> dict[str, Callable[[], Turn]]:
    from tests.load import fused_attention, training_tries
    from tests.load.training import drawn_examples

    examples = drawn_examples()

    def fused(precision: str) -> Turn:
        with patch.object(training_tries.arn_cnn, "build", fused_attention.build):
            return training_tries._ours(precision)(examples)

    return {
        "tensorflow": lambda: training_tries._fit("float32", jit=False)(examples),
        "tensorflow_bfloat16": lambda: training_tries._fit("mixed_bfloat16", jit=False)(examples),
        "ours": lambda: training_tries._ours("mixed_bfloat16")(examples),
        "ours_fused": lambda: fused("mixed_bfloat16"),
        "ours_float32": lambda: training_tries._ours("float32")(examples),
        "ours_float32_fused": lambda: fused("float32"),
    }


def _jax() -> dict[str, Callable[[], Turn]]:
    import keras

    from tests.load import training_tries
    from tests.load.training import drawn_examples

    if keras.backend.backend() != "jax":
        raise RuntimeError("Keras runs on another backend")
    examples = drawn_examples()
    return {
        "jax": lambda: training_tries._ours("float32", jit=True)(examples),
        "jax_bfloat16": lambda: training_tries._ours("mixed_bfloat16", jit=True)(examples),
    }


def _torch() -> dict[str, Callable[[], Turn]]:
    from arncnn.models.recipe import PAPER
    from arncnn.training.examples import batches
    from tests.load.torch_network import Trainer
    from tests.load.training import drawn_examples

    examples, hyper = drawn_examples(), PAPER.hyper

    def made(**options: bool) -> Turn:
        trainer = Trainer(
            hyper.classes, hyper.dropout, hyper.l1, hyper.l2, PAPER.learning_rate, **options
        )
        stream = chain.from_iterable(batches(examples, PAPER, 0, epoch) for epoch in count(1))

        def turn() -> None:
            for x, y, _ in islice(stream, _STEPS):
                trainer.step(x, y)

        return turn

    last, low = {"is_channels_last": True}, {"is_bfloat16": True}
    compiled = {"is_compiled": True}
    return {
        "torch": made,
        "torch_channels_last": lambda: made(**last),
        "torch_bfloat16": lambda: made(**last, **low),
        "torch_compiled": lambda: made(**compiled),
        "torch_compiled_channels_last": lambda: made(**last, **compiled),
        "torch_compiled_bfloat16": lambda: made(**last, **low, **compiled),
    }


def main() -> int:
    """Measures and stores; 0 when done."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.alternatives", description=__doc__)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--turns", type=int, default=6, help=f"of {_STEPS} steps, in a repeat")
    parser.add_argument("--seconds", type=float, default=600.0, help="no turn begins after it")
    parser.add_argument("--out", type=Path, default=STORED)
    parser.add_argument("--serve", choices=_PACKAGES, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        return serve(asked.serve)
    found = measure(asked.repeats, asked.turns, asked.seconds)
    asked.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    json.dump(found, sys.stdout, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
