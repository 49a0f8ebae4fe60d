"""The quantum convolution is what quantum mechanics says: plain state vectors, and PennyLane."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arncnn.network import mqcnn
from arncnn.network.mqcnn import QUBITS, Gate, Quanvolution, random_circuit
from arncnn.network.mqcnn import mqcnn as build

PATCHES = st.lists(st.floats(0, 1, width=32), min_size=4, max_size=4)


def expected(patch: list[float], circuit: tuple[Gate, ...]) -> list[float]:
    """Gate by gate on a tensor with an axis a qubit: no 16 x 16 matrix, no Kronecker product."""
    state = np.ones((), complex)
    for pixel in patch:
        state = np.multiply.outer(state, [np.cos(np.pi * pixel / 2), np.sin(np.pi * pixel / 2)])
    pauli = {"x": [[0, 1], [1, 0]], "y": [[0, -1j], [1j, 0]], "z": [[1, 0], [0, -1]]}
    for gate in circuit:
        if gate.kind == "cnot":
            control, target = gate.qubits
            state = np.moveaxis(state, (control, target), (0, 1)).copy()
            state[1] = state[1][::-1].copy()
            state = np.moveaxis(state, (0, 1), (control, target))
        else:
            turn = np.cos(gate.angle / 2) * np.eye(2) - 1j * np.sin(gate.angle / 2) * np.array(
                pauli[gate.kind]
            )
            axis = gate.qubits[0]
            state = np.moveaxis(np.tensordot(turn, state, (1, axis)), 0, axis)
    chances = abs(state) ** 2
    sums = [np.moveaxis(chances, qubit, 0).reshape(2, -1).sum(axis=1) for qubit in range(QUBITS)]
    return [up - down for up, down in sums]


@given(PATCHES)
def test_a_patch_gives_the_expectation_values_of_its_circuit(patch: list[float]) -> None:
    image = np.array(patch, np.float32).reshape(1, 2, 2, 1)
    found = keras.ops.convert_to_numpy(Quanvolution()(image))[0, 0, 0]
    np.testing.assert_allclose(found, expected(patch, random_circuit()), atol=2e-6)


@given(st.integers(0, 50), st.integers(1, 40))
def test_every_circuit_is_unitary(seed: int, gates: int) -> None:
    acting = mqcnn.unitary(random_circuit(gates, seed))
    np.testing.assert_allclose(acting.conj().T @ acting, np.eye(16), atol=1e-12)


def test_the_circuit_entangles_and_is_the_same_every_time() -> None:
    assert random_circuit() == random_circuit()
    assert {gate.kind for gate in random_circuit()} == {"x", "y", "z", "cnot"}


def test_each_patch_is_read_alone_and_in_place() -> None:
    images = np.random.default_rng(0).random((2, 64, 64, 1)).astype(np.float32)
    whole = keras.ops.convert_to_numpy(Quanvolution()(images))
    assert whole.shape == (2, 32, 32, QUBITS)
    one = keras.ops.convert_to_numpy(Quanvolution()(images[1:, 10:12, 20:22]))
    np.testing.assert_allclose(whole[1, 5, 10], one[0, 0, 0], atol=1e-6)


def test_the_network_has_the_arn_cnns_input_and_ends_in_logits() -> None:
    model = build(6)
    assert model.input_shape == (None, 64, 64, 1)
    assert model.output_shape == (None, 6)
    assert not model.get_layer("quanvolution").weights


def test_pennylane_says_the_same() -> None:
    pennylane = pytest.importorskip("pennylane", reason="needs requirements-oracle.txt")

    @pennylane.qnode(pennylane.device("default.qubit", wires=QUBITS))
    def circuit(patch):
        for qubit, pixel in enumerate(patch):
            pennylane.RY(np.pi * pixel, wires=qubit)
        for gate in random_circuit():
            if gate.kind == "cnot":
                pennylane.CNOT(wires=gate.qubits)
            else:
                turn = {"x": pennylane.RX, "y": pennylane.RY, "z": pennylane.RZ}[gate.kind]
                turn(gate.angle, wires=gate.qubits[0])
        return [pennylane.expval(pennylane.PauliZ(qubit)) for qubit in range(QUBITS)]

    random = np.random.default_rng(1)
    for _ in range(20):
        patch = random.random(4)
        image = patch.astype(np.float32).reshape(1, 2, 2, 1)
        found = keras.ops.convert_to_numpy(Quanvolution()(image))[0, 0, 0]
        np.testing.assert_allclose(found, circuit(patch), atol=2e-6)
