"""Keras without its scikit-learn wrappers, whose import costs half a second of every start.

Nothing here uses them. Keras imports scikit-learn, and that SciPy's statistics, only to define
them; where a module of their name is there already, it takes that.
"""

import sys
from types import ModuleType

WRAPPERS = "keras.src.wrappers.sklearn_wrapper"
_NAMES = ("SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer")


def leave_out_wrappers() -> None:
    """To be called before Keras is imported; afterwards it does nothing."""
    if "keras" in sys.modules or WRAPPERS in sys.modules:
        return
    empty = ModuleType(WRAPPERS, "Left out: see arncnn.network.lean_keras.")
    for name in _NAMES:
        setattr(empty, name, None)
    sys.modules[WRAPPERS] = empty
