"""The paper's own figures, as printed, to stand beside ours.

Shahab Kavousinejad (2024), the ARN-CNN paper in Chronicles of Clinical Reviews and Case
Reports. The paper's captions and its references to them are off by one (its text calls the
epoch table Table 2, its caption Table 1); captions are followed here.
"""

from dataclasses import dataclass
from types import MappingProxyType

from arncnn.models.training_history import EpochRecord
from arncnn.uncertainty.paper import Level

CITATION = (
    "Kavousinejad (2024), Attention-based Residual Connection Convolutional Neural Network "
    "(ARN-CNN), Chronicles of Clinical Reviews and Case Reports"
)


@dataclass(frozen=True)
class PaperUncertainty:
    """One row of Tables 3 and 4, which print two decimals."""

    label: str
    entropy: float
    entropy_level: Level
    standard_deviation: float
    standard_deviation_level: Level


@dataclass(frozen=True)
class PaperModel:
    """One row of Table 6, or of the text; accuracy 0 to 1, loss in nats or None."""

    name: str
    accuracy: float
    loss: float | None
    source: str


TABLE_1: tuple[EpochRecord, ...] = (  # accuracies in percent; losses include the penalty
    EpochRecord(1, 0.455, 99.129, 0.12981, 99.859, 1e-3, 1e-3, "val_loss", 0.00, 104.09),
    EpochRecord(2, 0.117, 99.945, 0.08788, 99.943, 1e-3, 1e-3, "val_loss", 32.30, 93.52),
    EpochRecord(3, 0.086, 99.972, 0.06450, 99.972, 1e-3, 1e-3, "val_loss", 26.61, 92.83),
    EpochRecord(4, 0.067, 99.987, 0.05427, 99.972, 1e-3, 1e-3, "val_loss", 15.86, 90.68),
    EpochRecord(5, 0.059, 99.932, 0.04867, 99.972, 1e-3, 1e-3, "val_loss", 10.32, 83.18),
)

TABLE_2 = MappingProxyType(
    {
        "precision": "1.0000",
        "recall": "1.0000",
        "f1": "1.0000",
        "accuracy": "0.9996",
        "cohen_kappa": "0.99",
        "log_loss": "0.0037",
    }
)
"""Table 2, with the digits that it prints."""

TABLES_3_AND_4: tuple[PaperUncertainty, ...] = (
    PaperUncertainty("AbdomenCT", 0.04, "moderate", 0.00, "low"),
    PaperUncertainty("BreastMRI", 0.01, "low", 0.00, "low"),
    PaperUncertainty("CXR", 0.02, "low", 0.01, "low"),
    PaperUncertainty("ChestCT", 0.03, "moderate", 0.03, "moderate"),
    PaperUncertainty("Hand", 0.02, "low", 0.01, "low"),
    PaperUncertainty("HeadCT", 0.02, "low", 0.00, "low"),
)

TABLE_6: tuple[PaperModel, ...] = (
    PaperModel("ResNet50", 0.986, None, "Table 6"),
    PaperModel("CNN, attention 0, residual 1", 0.967, 0.106, "Table 6"),
    PaperModel("CNN, attention 1, residual 0", 0.975, 0.012, "Table 6"),
    PaperModel("ARN-CNN", 0.996, 0.0037, "Table 6"),
)

ARN_CNN_IN_TEXT = PaperModel("ARN-CNN", 0.9996, 0.0037, "abstract and Table 2")
MQCNN = PaperModel("MQCNN", 0.996, None, "Hassan et al., cited in the paper's discussion")
