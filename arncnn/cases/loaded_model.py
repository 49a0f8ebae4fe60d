"""LoadedModel: a model in memory, with what is asked of it beside its readings."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arncnn.errors import ModelError
from arncnn.network.hyper_parameters import VECTOR_LENGTH

if TYPE_CHECKING:
    from arncnn.cases.training_match import TrainingImages
    from arncnn.explain.probe import Probe
    from arncnn.explain.similar import Bank
    from arncnn.inference.reader import Reader


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model that reads. All but its reader is made when it is first asked for."""

    reader: "Reader"

    @classmethod
    def open(cls, folder: Path | None = None) -> "LoadedModel":
        """Verifies, loads and warms a model; arguments and errors as of ``Reader.open``."""
        from arncnn.inference.reader import Reader  # brings TensorFlow

        return cls(Reader.open(folder))

    @cached_property
    def training_features(self) -> "Bank | None":
        """What the model carries of its training images; None when it carries nothing."""
        from arncnn.explain.similar import Bank

        bundle = self.reader.bundle
        path = bundle.path("similar.npz")
        try:
            if path is None:
                return None
            return Bank.load(path, bundle.labels, vector=VECTOR_LENGTH)
        except ModelError:
            return None  # a model of an earlier version; the page says that it carries none

    @cached_property
    def training_images(self) -> "TrainingImages":
        """What is known on this machine of the images that the model learnt from."""
        from arncnn.cases.training_match import TrainingImages

        return TrainingImages.of(self.reader.bundle, self.training_features)

    @cached_property
    def network(self) -> Any:
        """The Keras network, for what its compiled pass does not give."""
        return self.reader.bundle.network()

    @cached_property
    def probe(self) -> "Probe":
        """The network for checks that ask it many times; shares the compiled pass."""
        from arncnn.explain.probe import Probe

        return Probe.sharing(self.reader.forward, lambda: self.network)
