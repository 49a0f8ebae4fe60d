"""Body parts as DICOM writes them: the defined term and the SNOMED CT code beside it.

PS3.16 Annex L, "Correspondence of Anatomic Region Codes and Body Part Examined Defined Terms";
the codes are those of context group CID 4031, Common Anatomic Regions. Body parts are named as
in ``terms.json``.
"""

from dataclasses import dataclass
from types import MappingProxyType

SNOMED_CT = "SCT"
"""Coding Scheme Designator (0008,0102) of SNOMED CT."""


@dataclass(frozen=True)
class BodyRegion:
    """How a header names one body part.

    Attributes:
        body_part_examined: value of Body Part Examined (0018,0015).
        code: Code Value (0008,0100) in SNOMED CT, for Anatomic Region Sequence (0008,2218).
        meaning: Code Meaning (0008,0104).
    """

    body_part_examined: str
    code: str
    meaning: str


REGIONS = MappingProxyType(
    {
        "abdomen": BodyRegion("ABDOMEN", "818981001", "Abdomen"),
        "ankle": BodyRegion("ANKLE", "70258002", "Ankle joint"),
        "arm": BodyRegion("ARM", "40983000", "Upper arm"),
        "breast": BodyRegion("BREAST", "76752008", "Breast"),
        "chest": BodyRegion("CHEST", "816094009", "Chest"),
        "elbow": BodyRegion("ELBOW", "16953009", "Elbow joint"),
        "foot": BodyRegion("FOOT", "56459004", "Foot"),
        "hand": BodyRegion("HAND", "85562004", "Hand"),
        "head": BodyRegion("HEAD", "69536005", "Head"),
        "hip": BodyRegion("HIP", "29836001", "Hip"),
        "knee": BodyRegion("KNEE", "72696002", "Knee"),
        "leg": BodyRegion("LEG", "30021000", "Lower leg"),
        "neck": BodyRegion("NECK", "45048000", "Neck"),
        "pelvis": BodyRegion("PELVIS", "816092008", "Pelvis"),
        "shoulder": BodyRegion("SHOULDER", "16982005", "Shoulder"),
        "spine": BodyRegion("SPINE", "421060004", "Spine"),
        "wrist": BodyRegion("WRIST", "74670003", "Wrist joint"),
    }
)
"""By body part; those without a term of their own in the annex are absent."""
