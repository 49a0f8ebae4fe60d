"""Several devices train like one: proven on two virtual devices of this CPU, in a process apart."""

import json
import subprocess
import sys

PROGRAM = """
import json, sys
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import keras
import numpy as np
from arncnn.training.distribution import Mirrored
from arncnn.training.distribution import OneDevice


def made(devices):
    with devices.scope():
        keras.utils.set_random_seed(0)
        scan = keras.Input((8,))
        model = keras.Model(scan, keras.layers.Dense(3)(keras.layers.Dense(5, "gelu")(scan)))
        model.compile(
            keras.optimizers.Adamax(0.05),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        )
        model.optimizer.build(model.trainable_variables)
    return model


rng = np.random.default_rng(0)
one, two = OneDevice(), Mirrored(["CPU:0", "CPU:1"])
models = made(one), made(two)
losses = []
for size in (8, 8, 8, 1):
    x = rng.normal(size=(size, 8)).astype(np.float32)
    batch = x, rng.integers(0, 3, size), np.ones(size, np.float32)
    losses.append([d.step(m, *batch)["loss"] for d, m in zip((one, two), models)])
apart = max(
    float(np.abs(a - b).max()) for a, b in zip(models[0].get_weights(), models[1].get_weights())
)
json.dump({"count": two.count, "losses": losses, "apart": apart}, sys.stdout)
"""


def test_two_devices_take_the_same_steps_as_one() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    found = json.loads(done.stdout)
    assert found["count"] == 2
    assert all(abs(one - two) < 1e-5 for one, two in found["losses"])
    assert found["apart"] < 1e-5
