"""What the machine can do, and the few settings that differ between Keras's backends."""

import os
from pathlib import Path

import keras

_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}


def has_fast_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware (Linux; elsewhere False)."""
    cpu = Path("/proc/cpuinfo")
    if not cpu.exists():
        return False
    words = set(cpu.read_text(encoding="utf-8", errors="replace").split())
    return bool(words & _BFLOAT16_FLAGS)


def accelerators() -> list[str]:
    """Names of the accelerators Keras's backend sees; empty on a CPU-only machine."""
    return [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]


def set_precision() -> str:
    """Choose mixed bfloat16 where the hardware has it, else float32; returns the policy's name."""
    policy = "mixed_bfloat16" if has_fast_bfloat16() or accelerators() else "float32"
    policy = os.environ.get("ARNCNN_PRECISION", policy)
    keras.mixed_precision.set_global_policy(policy)
    return policy


def set_deterministic(seed: int) -> None:
    """Seed every generator and ask the backend for operations that repeat bit for bit."""
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        tensorflow.config.experimental.enable_op_determinism()
