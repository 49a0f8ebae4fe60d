"""ARN-CNN: an attention-based residual CNN for Medical MNIST, and all that surrounds a reading.

Importing this package is light: TensorFlow loads when a network is first built, and quietly.
"""

from arncnn.network import quiet_tensorflow

__version__ = "0.1.0"

quiet_tensorflow.install()
