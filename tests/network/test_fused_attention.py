"""What is measured as fused attention is the same network: its outputs, and what it learns."""

import keras
import numpy as np

from arncnn.models.recipe import PAPER
from arncnn.network import arn_cnn
from tests.load import fused_attention


def test_attention_modules_fused_into_one_convolution_give_the_same_logits_and_the_same_step() -> (
    None
):
    rng = np.random.default_rng(0)
    images = rng.random((8, 64, 64, 1), np.float32)
    with keras.device("cpu:0"):
        model = arn_cnn.build(PAPER.hyper)
        for layer in model.layers:  # biases that count
            layer.set_weights([w + rng.normal(0, 0.05, w.shape) for w in layer.get_weights()])
        model.get_layer("dropout").rate = 0.0
        for norm in ("residual_norm_1", "residual_norm_2"):
            shift = [np.abs(w) for w in model.get_layer(norm).get_weights()]
            model.get_layer(norm).set_weights(shift)
        fused = fused_attention.like(model, PAPER.hyper)
        fused.get_layer("dropout").rate = 0.0
    before = model(images), fused(images)
    assert np.abs(before[0] - before[1]).max() < 1e-5 * np.abs(before[0]).max() + 1e-5
    for network in (model, fused):
        network.compile(
            keras.optimizers.SGD(0.01),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )
        network.train_on_batch(images, np.arange(8) % 6)
    after = model(images), fused(images)
    assert np.abs(after[0] - before[0]).max() > 1e-3  # a step was taken
    assert np.abs(after[0] - after[1]).max() < 1e-3 * np.abs(after[0] - before[0]).max() + 1e-4
