"""Reader: a model ready to read; a Scan goes in, a Reading comes out of one pass."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from arncnn import config
from arncnn.inference import view_fusion
from arncnn.inference.prepared import Prepared
from arncnn.inference.reading import Reading, Uncertainty
from arncnn.intake import class_terms, header
from arncnn.intake.header_statement import Statement
from arncnn.intake.scan import Scan
from arncnn.labels import Label
from arncnn.models.bundle import ModelBundle, golden_images
from arncnn.network.forward import Features, ForwardPass
from arncnn.network.head import Head
from arncnn.preprocess import ModelInput, normalize
from arncnn.uncertainty import guards, header_posterior, paper, verdict
from arncnn.uncertainty.conformal import Conformal
from arncnn.uncertainty.dropout import head_dropouts
from arncnn.uncertainty.novelty import Novelty
from arncnn.uncertainty.one_thread import one_thread
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
        network = bundle.unproven_network()
        forward = ForwardPass(network)
        bundle.prove(lambda images: forward(images).logits)  # what is proven is what will serve
        reader = cls(
            bundle=bundle,
            forward=forward,
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
    def header_terms(self) -> dict[str, Label]:
        """Modality and body part of the classes, as far as they are known."""
        return class_terms.of_classes(self.labels, self.bundle.metadata.header_terms)

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
        return self.read_prepared([Prepared.of(scan) for scan in scans])

    def read_input(
        self, scan: Scan, item: ModelInput, unsuitable: tuple[guards.Reason, ...]
    ) -> Reading:
        """Read an input that was prepared before, e.g. one that was kept with its case.

        Args:
            scan: what else is known of it; its pixels are not looked at.
            item: what the network sees.
            unsuitable: what the whole picture was checked to have against it, ``guards.check``.
        """
        return self.read_prepared([Prepared.known(scan, item, unsuitable)])[0]

    def read_prepared(self, scans: Sequence[Prepared]) -> list[Reading]:
        """Read scans whose pictures were looked at before, in one pass and a few array operations.

        The readings share the pass's arrays; whoever keeps one of many for long takes its features
        ``apart``.
        """
        if not scans:
            return []
        counts = [len(scan.model_input.images) for scan in scans]
        passed = self.forward(np.concatenate([scan.model_input.images for scan in scans]))
        with one_thread():  # of all products; after the network, whose threads are still awake
            return self._readings(scans, counts, passed)

    def _readings(
        self, scans: Sequence[Prepared], counts: Sequence[int], passed: Features
    ) -> list[Reading]:
        votes = view_fusion.votes(passed, counts, self.novelty, self.temperature)
        starts = np.cumsum([0, *counts[:-1]])
        rows = [int(start) + vote.view for start, vote in zip(starts, votes, strict=True)]
        logits = np.stack([vote.logits for vote in votes])
        probabilities = softmax(logits, self.temperature)
        tops = probabilities.argmax(axis=1)
        labels = [self.labels[top] for top in tops]
        sets = None if self.sets is None else self.sets.prediction_sets(logits)
        claims = [header.claim(scan.attributes) for scan in scans]
        known = self.header_terms
        statements = [Statement.of(scan.attributes) for scan in scans]
        checks = [claim.compare(label, known) for claim, label in zip(claims, labels, strict=True)]
        rounded = probabilities.astype(np.float32)
        together = [
            header_posterior.combine(
                statement,
                self.labels,
                rounded[row],
                known,
                needed=self.thresholds.probability_review,
            )
            for row, statement in enumerate(statements)
        ]
        answers = [
            verdict.Answer(
                label=labels[row],
                probability=float(probabilities[row, tops[row]]),
                guards=scan.unsuitable,
                novelty_p_value=votes[row].novelty_p_value,
                prediction_set=None if sets is None else sets[row],
                header_verdict=checks[row].verdict,
                header_sentence=checks[row].sentence,
                ruled_out_by=statements[row].rules_out(
                    [labels[row], *(sets[row] if sets is not None else ())], known
                ),
                likelier_with_header=None
                if together[row].effect != "changes"
                else together[row].label,
            )
            for row, scan in enumerate(scans)
        ]
        decisions = verdict.decide_all(
            answers, classes=len(self.labels), thresholds=self.thresholds
        )
        uncertainties = self._uncertainties(probabilities, passed.vector[rows])
        shown = softmax(passed.logits, self.temperature).astype(np.float32)
        readings = []
        for row, (scan, answer, decision) in enumerate(zip(scans, answers, decisions, strict=True)):
            is_refused = decision.verdict == "refuse"
            start = starts[row]
            readings.append(
                Reading(
                    labels=self.labels,
                    logits=logits[row],
                    probabilities=rounded[row],
                    label=None if is_refused else answer.label,
                    pixel_label=answer.label,
                    verdict=decision.verdict,
                    reasons=decision.sentences,
                    unsuitable=scan.unsuitable,
                    uncertainty=uncertainties[row],
                    prediction_set=None if sets is None else sets[row],
                    novelty_p_value=answer.novelty_p_value,
                    header=_checked(decision, checks[row], claims[row], known),
                    features=passed[rows[row]],
                    model_input=scan.model_input,
                    view=votes[row].view,
                    per_view_probabilities=shown[start : start + counts[row]],
                    model=self.bundle.identity,
                    sha256=scan.sha256,
                    frame=scan.frame,
                    frames=scan.frames,
                    kind=scan.kind,
                    with_header=together[row],
                )
            )
        return readings

    def _uncertainties(self, probabilities: np.ndarray, vectors: np.ndarray) -> list[Uncertainty]:
        sampled = head_dropouts(
            vectors, self.head.kernel_2, self.head.bias_2, temperature=self.temperature
        )
        numbers = zip(
            paper.maximum_probability(probabilities).tolist(),
            paper.normalized_probability(probabilities).tolist(),
            paper.entropy(probabilities).tolist(),
            sampled,
            strict=True,
        )
        return [
            Uncertainty(
                maximum_probability=maximum,
                normalized_probability=normalized,
                entropy=entropy,
                mutual_information=found.mutual_information,
                dropout_mean=found.mean,
                dropout_std=found.std,
                dropout_lower=found.lower,
                dropout_upper=found.upper,
            )
            for maximum, normalized, entropy, found in numbers
        ]


def _checked(
    decision: verdict.Decision,
    check: header.HeaderCheck,
    claim: header.Claim,
    known: Mapping[str, Label],
) -> header.HeaderCheck:
    """The header check that goes with a verdict: of a refusal it names no class."""
    if decision.verdict != "refuse":
        return check
    return claim.refusing(known) if decision.is_by_header else claim.compare(None, known)
