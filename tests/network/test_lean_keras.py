"""Keras starts without what only its scikit-learn wrappers need."""

import subprocess
import sys

_LOAD = """
import sys
import arncnn.inference.reader
print("keras" in sys.modules, "sklearn" in sys.modules, "scipy.stats" in sys.modules)
import sklearn, keras
print(hasattr(sklearn, "base"), hasattr(keras, "Model"))
"""


def test_a_reader_is_loaded_without_scikit_learn_which_stays_to_be_had() -> None:
    done = subprocess.run([sys.executable, "-c", _LOAD], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "False", "True", "True"]
