"""MQCNN: a quantum convolution before a ResNet50, our reading of a network that the paper cites.

Hassan et al. 2024, "A quantum convolutional network and ResNet (50)-based classification
architecture for the MNIST medical dataset", doi 10.1016/j.bspc.2023.105560. The quantum
convolution follows Henderson et al. 2020, "Quanvolutional neural networks": every 2 x 2 patch is
encoded into four qubits, a fixed random circuit acts on them, and the four expectation values of
Pauli's Z are the patch's channels. Four qubits are simulated exactly: the circuit is one 16 x 16
unitary, so nothing is sampled and gradients are not needed (the circuit is not trained).
"""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

from arncnn.network.baselines import resnet50

QUBITS = 4
PATCH = 2  # pixels a side
_STATES = 2**QUBITS
_GATES = 20
_SEED = 0
_AXES = ("x", "y", "z")
_ENTANGLING_SHARE = 0.3  # of the gates


@dataclass(frozen=True)
class Gate:
    """One gate of the circuit.

    Attributes:
        kind: "x", "y", "z": a rotation about that axis; "cnot": controlled not.
        qubits: the one it acts on; for "cnot" control and target.
        angle: radians; 0 for "cnot".
    """

    kind: str
    qubits: tuple[int, ...]
    angle: float = 0.0


def random_circuit(gates: int = _GATES, seed: int = _SEED) -> tuple[Gate, ...]:
    """A random circuit on four qubits: rotations about random axes, and controlled nots."""
    random = np.random.default_rng(seed)
    circuit = []
    for _ in range(gates):
        if random.random() < _ENTANGLING_SHARE:
            control, target = random.permutation(QUBITS)[:2]
            circuit.append(Gate("cnot", (int(control), int(target))))
        else:
            qubit, axis = int(random.integers(QUBITS)), _AXES[random.integers(len(_AXES))]
            circuit.append(Gate(axis, (qubit,), float(random.uniform(0, 2 * np.pi))))
    return tuple(circuit)


def unitary(circuit: tuple[Gate, ...]) -> np.ndarray:
    """What a circuit does to four qubits: complex128, (16, 16); qubit 0 counts most."""
    whole = np.eye(_STATES, dtype=np.complex128)
    for gate in circuit:
        whole = _matrix(gate) @ whole
    return whole


def _matrix(gate: Gate) -> np.ndarray:
    if gate.kind == "cnot":
        control, target = gate.qubits
        basis = np.arange(_STATES)
        is_set = basis >> (QUBITS - 1 - control) & 1
        flipped = basis ^ (is_set << (QUBITS - 1 - target))
        return np.eye(_STATES)[flipped]
    cosine, sine = np.cos(gate.angle / 2), np.sin(gate.angle / 2)
    rotation = {
        "x": np.array([[cosine, -1j * sine], [-1j * sine, cosine]]),
        "y": np.array([[cosine, -sine], [sine, cosine]]),
        "z": np.array([[np.exp(-0.5j * gate.angle), 0], [0, np.exp(0.5j * gate.angle)]]),
    }[gate.kind]
    (qubit,) = gate.qubits
    before, after = np.eye(2**qubit), np.eye(2 ** (QUBITS - 1 - qubit))
    return np.kron(np.kron(before, rotation), after)


def z_signs() -> np.ndarray:
    """Pauli's Z of every qubit in every basis state: float32, (16, 4), 1 or -1."""
    basis = np.arange(_STATES)[:, None]
    return (1 - 2 * (basis >> np.arange(QUBITS)[::-1] & 1)).astype(np.float32)


class Quanvolution(layers.Layer):
    """2 x 2 patches through the random circuit: (batch, h, w, 1) to (batch, h / 2, w / 2, 4).

    A pixel x, 0 to 1, turns its qubit by pi x about the y axis; the outputs lie in -1 to 1.
    """

    def __init__(self, name: str = "quanvolution") -> None:
        # Products of sixteen small amplitudes: half precision would be most of the noise.
        super().__init__(name=name, trainable=False, dtype="float32")
        acting = unitary(random_circuit()).T
        self._real = acting.real.astype(np.float32)
        self._imaginary = acting.imag.astype(np.float32)
        self._signs = z_signs()

    def call(self, images: keras.KerasTensor) -> keras.KerasTensor:
        """The four expectation values of every patch."""
        pixels = [images[:, row::PATCH, column::PATCH, :] for row in (0, 1) for column in (0, 1)]
        state = ops.ones_like(pixels[0])
        for pixel in pixels:  # qubit after qubit: the Kronecker product of their amplitudes
            half = pixel * (np.pi / 2)
            amplitudes = ops.concatenate([ops.cos(half), ops.sin(half)], axis=-1)
            product = ops.expand_dims(state, -1) * ops.expand_dims(amplitudes, -2)
            state = ops.reshape(product, (*ops.shape(product)[:-2], 2 * state.shape[-1]))
        real, imaginary = ops.matmul(state, self._real), ops.matmul(state, self._imaginary)
        return ops.matmul(ops.square(real) + ops.square(imaginary), self._signs)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Half the height and width, four channels."""
        batch, height, width, _ = shape
        return batch, height and height // PATCH, width and width // PATCH, QUBITS


def mqcnn(classes: int) -> keras.Model:
    """The quantum convolution, then ResNet50 (He et al. 2016) on its 32 x 32 x 4, ending in logits.

    Args:
        classes: number of logits.

    Returns:
        A model with the ARN-CNN's input and output: ``scan`` float32 (batch, 64, 64, 1), 0 to 1,
        to logits float32 (batch, classes).
    """
    return resnet50(classes, stem=Quanvolution(), name="mqcnn")
