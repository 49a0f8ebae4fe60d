"""Probe: what an explanation may ask of a network, whatever runs it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from arncnn.errors import ModelError

if TYPE_CHECKING:
    from arncnn.network.forward import ForwardPass

BATCH = 64  # images a call: past it a CPU gains nothing

Images = np.ndarray  # float32, (n, 64, 64, 1), 0 to 1
Predict = Callable[[Images], np.ndarray]


@dataclass(frozen=True)
class Probe:
    """Callables over one network.

    Attributes:
        predict: images to logits, float32, (n, classes).
        conv_maps: images to last conv maps, float32, (n, 8, 8, channels).
        gradient: images and a class index to d logit / d pixels, float32, (n, 64, 64, 1).
    """

    predict: Predict
    conv_maps: Callable[[Images], np.ndarray]
    gradient: Callable[[Images, int], np.ndarray]

    @classmethod
    def of(cls, network: Any) -> "Probe":
        """A probe of a Keras network that ``arn_cnn.build`` made; compiles it once."""
        from arncnn.network.forward import ForwardPass

        return cls.sharing(ForwardPass(network), lambda: network)

    @classmethod
    def sharing(cls, forward: "ForwardPass", network: Callable[[], Any]) -> "Probe":
        """A probe over a pass that is compiled already.

        Args:
            forward: the compiled network.
            network: gives the Keras network itself; only asked when a gradient is wanted.
        """
        return cls(
            lambda images: forward(images).logits,
            lambda images: forward(images).conv_map,
            lambda images, label: pixel_gradient(network(), images, label),
        )


def in_batches(call: Callable[[Images], Any], images: Images) -> np.ndarray:
    """What a call gives for many images, asked ``BATCH`` at a time: (n, ...)."""
    starts = range(0, len(images), BATCH)
    return np.concatenate([np.asarray(call(images[at : at + BATCH])) for at in starts])


def pixel_gradient(network: Any, images: Images, label: int) -> np.ndarray:
    """Gradient of one logit by the pixels, by the automatic differentiation of Keras's backend.

    Args:
        network: a Keras network.
        images: float32, (n, 64, 64, 1).
        label: index of the class.

    Returns:
        float32, (n, 64, 64, 1).

    Raises:
        ModelError: the backend cannot differentiate.
    """
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        pixels = tf.constant(images)
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            total = tf.reduce_sum(network(pixels, training=False)[:, label])
        return np.asarray(tape.gradient(total, pixels))
    if backend == "jax":
        import jax

        def total_logit(pixels: Any) -> Any:
            return network(pixels, training=False)[:, label].sum()

        return np.asarray(jax.grad(total_logit)(jax.numpy.asarray(images)))
    if backend == "torch":
        import torch

        pixels = torch.tensor(images, requires_grad=True)
        network(pixels, training=False)[:, label].sum().backward()
        return np.asarray(pixels.grad)
    raise ModelError(
        f"Gradients on the pixels need Keras on TensorFlow, JAX or PyTorch; it runs on {backend}."
    )
