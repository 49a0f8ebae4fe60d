"""Reader: a model ready to read; a Scan goes in, a Reading comes out of one pass."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from arncnn import config
from arncnn.inference import view_fusion
from arncnn.inference.reading import Reading, Uncertainty
from arncnn.intake import header
from arncnn.intake.scan import Scan
from arncnn.models.bundle import ModelBundle, golden_images
from arncnn.network.forward import Features, ForwardPass
from arncnn.network.head import Head
from arncnn.preprocess import ModelInput, model_input, normalize
from arncnn.uncertainty import guards, paper, verdict
from arncnn.uncertainty.conformal import Conformal
from arncnn.uncertainty.dropout import head_dropout
from arncnn.uncertainty.novelty import Novelty
from arncnn.uncertainty.temperature import softmax


@dataclass(frozen=True, eq=False)
class Reader:
    """A model ready to read; safe to share between threads.

    Attributes:
        bundle: the model.
        forward: its compiled network.
        head: its dense layers.
        sets: conformal sets, or None before calibration.
        novelty: the refusal's scores, or None before calibration.
        temperature: divides the logits.
        thresholds: where verdicts change.
    """

    bundle: ModelBundle
    forward: ForwardPass
    head: Head
    sets: Conformal | None
    novelty: Novelty | None
    temperature: float
    thresholds: verdict.Thresholds

    @classmethod
    def open(cls, folder: Path | None = None) -> "Reader":
        """Verify, load and warm a model.

        Args:
            folder: of the model; by default the bundled one.

        Raises:
            ModelError: it cannot be trusted or used.
        """
        bundle = ModelBundle.open(folder or config.default_model())
        network = bundle.network()
        reader = cls(
            bundle=bundle,
            forward=ForwardPass(network),
            head=Head.from_network(network),
            sets=bundle.metadata.sets,
            novelty=bundle.novelty(),
            temperature=bundle.metadata.temperature,
            thresholds=bundle.metadata.thresholds,
        )
        reader.forward(np.zeros((1, 64, 64, 1), np.float32))
        return reader

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, in the order of the logits."""
        return self.bundle.labels

    @cached_property
    def scales(self) -> dict[str, float]:
        """What a usual map of each explanation method reaches: one colour scale for all scans."""
        from arncnn.explain import reference_scales

        checked = self.bundle.metadata.explanations
        if checked is not None and checked.scales:
            return dict(checked.scales)
        return reference_scales(self.head, self.forward(normalize(golden_images())).conv_map)

    def read(self, scan: Scan) -> Reading:
        """Read one scan in one pass; all windows of a CT travel in one batch."""
        return self.read_many([scan])[0]

    def read_many(self, scans: Iterable[Scan]) -> list[Reading]:
        """Read several scans in one pass; callers chunk long lists."""
        scans = list(scans)
        if not scans:
            return []
        inputs = [model_input(scan) for scan in scans]
        passed = self.forward(np.concatenate([item.images for item in inputs]))
        readings, start = [], 0
        for scan, item in zip(scans, inputs, strict=True):
            per_view = [passed[row] for row in range(start, start + len(item.images))]
            readings.append(self._reading(scan, item, per_view, guards.check(scan)))
            start += len(per_view)
        return readings

    def read_input(
        self, scan: Scan, item: ModelInput, unsuitable: tuple[guards.Reason, ...]
    ) -> Reading:
        """Read an input that was prepared before, e.g. one that was kept with its case.

        Args:
            scan: what else is known of it; its pixels are not looked at.
            item: what the network sees.
            unsuitable: what the whole picture was checked to have against it, ``guards.check``.
        """
        passed = self.forward(item.images)
        per_view = [passed[row] for row in range(len(item.images))]
        return self._reading(scan, item, per_view, unsuitable)

    def _reading(
        self,
        scan: Scan,
        item: ModelInput,
        per_view: list[Features],
        unsuitable: tuple[guards.Reason, ...],
    ) -> Reading:
        vote = view_fusion.vote(per_view, self.novelty, self.temperature)
        logits, view, novelty = vote.logits, vote.view, vote.novelty_p_value
        probabilities = softmax(logits, self.temperature)
        top = int(probabilities.argmax())
        label = self.labels[top]
        sets = None if self.sets is None else self.sets.prediction_set(logits)
        claim = header.claim(scan.attributes)
        checked = claim.compare(label)
        decision = verdict.decide(
            label=label,
            probability=float(probabilities[top]),
            guards=unsuitable,
            novelty_p_value=novelty,
            prediction_set=sets,
            header_verdict=checked.verdict,
            header_sentence=checked.sentence,
            classes=len(self.labels),
            thresholds=self.thresholds,
        )
        if decision.verdict == "refuse":
            checked = claim.compare(None)
        return Reading(
            labels=self.labels,
            logits=logits,
            probabilities=probabilities.astype(np.float32),
            label=None if decision.verdict == "refuse" else label,
            pixel_label=label,
            verdict=decision.verdict,
            reasons=decision.sentences,
            unsuitable=unsuitable,
            uncertainty=self._uncertainty(probabilities, per_view[view].vector),
            prediction_set=sets,
            novelty_p_value=novelty,
            header=checked,
            features=per_view[view],
            model_input=item,
            view=view,
            per_view_probabilities=softmax(vote.per_view, self.temperature).astype(np.float32),
            model=self.bundle.identity,
            sha256=scan.sha256,
            frame=scan.frame,
            frames=scan.frames,
            kind=scan.kind,
        )

    def _uncertainty(self, probabilities: np.ndarray, vector: np.ndarray) -> Uncertainty:
        sampled = head_dropout(
            vector, self.head.kernel_2, self.head.bias_2, temperature=self.temperature
        )
        return Uncertainty(
            maximum_probability=float(paper.maximum_probability(probabilities)),
            normalized_probability=float(paper.normalized_probability(probabilities)),
            entropy=float(paper.entropy(probabilities)),
            mutual_information=sampled.mutual_information,
            dropout_mean=sampled.mean,
            dropout_std=sampled.std,
            dropout_lower=sampled.lower,
            dropout_upper=sampled.upper,
        )
