"""Record what pytorch-grad-cam draws for a small network run by Keras's torch backend.

    KERAS_BACKEND=torch python tests/explain/record_pytorch_grad_cam.py

needs ``grad-cam`` and its ``torchvision``; the tests need only the recording beside this file.
The network is the ARN-CNN's shape in small: a conv map, flattened in row-major order, GELU,
logits. pytorch-grad-cam works on (batch, channels, rows, columns), so its target layer is an
identity between two transpositions.
"""

from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np
import torch
from pytorch_grad_cam import GradCAM, GradCAMPlusPlus, HiResCAM, LayerCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

RECORDING = Path(__file__).with_name("pytorch_grad_cam.npz")
IMAGES, SIZE, CLASSES = 3, 16, 3
SEED = 5  # with it no method's maps are all but empty
METHODS = {
    "grad_cam": GradCAM,
    "grad_cam_pp": GradCAMPlusPlus,
    "hires_cam": HiResCAM,
    "layer_cam": LayerCAM,
}


def small_network() -> tuple[keras.Model, keras.Model]:
    """The convolutions and the head, as two models."""
    scan = keras.Input((SIZE, SIZE, 1))
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(scan)
    x = keras.layers.MaxPooling2D()(x)
    conv_map = keras.layers.Conv2D(5, 1, activation="relu", name="conv_4")(x)
    entry = keras.Input((SIZE // 2, SIZE // 2, 5))
    x = keras.layers.Dense(7, "gelu", name="dense")(keras.layers.Flatten()(entry))
    return (
        keras.Model(scan, conv_map),
        keras.Model(entry, keras.layers.Dense(CLASSES, name="logits")(x)),
    )


class Torch(torch.nn.Module):
    """The two models with a layer between that pytorch-grad-cam can watch."""

    def __init__(self, convolutions: keras.Model, head: keras.Model) -> None:
        super().__init__()
        self.convolutions, self.head = convolutions, head
        self.watched = torch.nn.Identity()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        conv_map = self.convolutions(images.permute(0, 2, 3, 1))
        watched = self.watched(conv_map.permute(0, 3, 1, 2))
        return self.head(watched.permute(0, 2, 3, 1).contiguous())


def record() -> None:
    """Write the recording."""
    generator = np.random.default_rng(SEED)
    convolutions, head = small_network()
    weights = [
        [generator.normal(0.0, 0.5, w.shape).astype(np.float32) for w in model.get_weights()]
        for model in (convolutions, head)
    ]
    convolutions.set_weights(weights[0])
    head.set_weights(weights[1])
    network = Torch(convolutions, head)
    images = generator.random((IMAGES, 1, SIZE, SIZE), np.float32)
    arrays = {"images": images.transpose(0, 2, 3, 1)}
    for part, values in zip(("conv", "head"), weights, strict=True):
        arrays |= {f"{part}_{number}": value for number, value in enumerate(values)}
    for name, method in METHODS.items():
        raw: list[np.ndarray] = []

        class Watched(method):  # type: ignore[misc, valid-type]
            def get_cam_image(self, *arguments: object, **named: object) -> np.ndarray:
                raw.append(super().get_cam_image(*arguments, **named))  # noqa: B023
                return raw[-1]  # noqa: B023

        for label in range(CLASSES):
            cam = Watched(network, [network.watched])
            cam(torch.from_numpy(images), [ClassifierOutputTarget(label)] * IMAGES)
        arrays[name] = np.stack(raw, axis=1).astype(np.float32)  # (images, classes, 8, 8)
    arrays["version"] = np.array(version("grad-cam"))
    np.savez_compressed(RECORDING, **arrays)


if __name__ == "__main__":
    record()
