"""The names of the attributes that may leave the sandbox. Anything else is refused on arrival.

Keys are DICOM keywords where the value is the header's own; the derived ones are explained
in ``attributes.collect``.
"""

CODED = (  # coded strings (VR CS)
    "Modality",
    "ViewPosition",
    "Laterality",
    "ImageLaterality",
    "BurnedInAnnotation",
    "PresentationIntentType",
    "ScanningSequence",
)
PRODUCT = ("Manufacturer", "ManufacturerModelName")
NUMBERS = (
    "Rows",
    "Columns",
    "NumberOfFrames",
    "BitsStored",
    "SliceThickness",
    "InstanceNumber",
    "KVP",
    "MagneticFieldStrength",
)
DERIVED = (
    "AnatomicRegionCode",
    "BodyPartExamined",
    "DescribedBodyPart",
    "ImageOrientationPatient",
    "ImageType",
    "Localizer",
    "PatientOrientation",
    "PhotometricInterpretation",
    "SOPClass",
    "TransferSyntax",
)
ALLOWED = frozenset({*CODED, *PRODUCT, *NUMBERS, *DERIVED})

UIDS = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
IDENTITY = frozenset(
    {
        *UIDS,
        *("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
        *("AccessionNumber", "StudyID", "StudyDate", "StudyTime", "ReferringPhysicianName"),
        *("TimezoneOffsetFromUTC", "Modality", "Manufacturer", "InstanceNumber"),
        *("NumberOfFrames", "ImagePositionPatient", "ImageOrientationPatient"),
    }
)
"""What leaves when an answer is made for the archive that the file is from, and only then."""
LONGEST_IDENTITY = 1024  # characters; what is longer is no name
