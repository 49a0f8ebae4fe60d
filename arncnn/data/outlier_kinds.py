"""Kinds of image that are none of a model's classes, in words: their folders' names, readable."""

import re

_SHORT = {
    "3d": "3D",
    "ct": "CT",
    "dicom": "DICOM",
    "ecg": "ECG",
    "mr": "MR",
    "mri": "MRI",
    "pet": "PET",
    "us": "ultrasound",
    "xray": "X-ray",
}
_MODALITIES = {"ct", "mr", "mri", "pet", "us", "xray"}  # a name begins with it, a title ends
_BREAKS = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNCLEAR = {  # by its words alone
    "brainmri": "brain MRI",
    "ct_head_neck": "head or neck CT",
    "dicom_pattern_or_multi": "DICOM test pattern or several images in one",
    "natural": "photograph",
    "photo_graphic": "photograph or graphic",
    "plots_screens": "plot or screenshot",
    "rendering_3d": "3D rendering",
    "screenshot_text_chart": "screenshot, text or chart",
    "xray_abdomen_spine": "abdomen or spine X-ray",
    "xray_elbow_forearm": "elbow or forearm X-ray",
    "xray_foot_ankle": "foot or ankle X-ray",
    "xray_leg_thigh": "leg or thigh X-ray",
    "xray_pelvis_hip": "pelvis or hip X-ray",
    "xray_shoulder_humerus": "shoulder or upper arm X-ray",
}


def title(folder: str) -> str:
    """What a person reads for a kind of image; a folder of anybody's data set reads as its words.

    >>> title("dicom_pattern_or_multi"), title("mr_brain"), title("xray_other")
    ('DICOM test pattern or several images in one', 'brain MR', 'other X-ray')
    >>> title("CatPhotos-2024"), title("BrainMRI"), title("US")
    ('cat photos 2024', 'brain MRI', 'ultrasound')
    """
    if folder in _UNCLEAR:
        return _UNCLEAR[folder]
    words = [word for word in _BREAKS.split(folder) if word]
    if len(words) > 1 and words[0].lower() in _MODALITIES:
        words = [*words[1:], words[0]]
    return " ".join(map(_word, words)) or folder


def _word(word: str) -> str:
    """An abbreviation as it is written, and a word in small letters, as within a sentence."""
    is_abbreviation = len(word) > 1 and (word.isupper() or any(map(str.isdigit, word)))
    return _SHORT.get(word.lower()) or (word if is_abbreviation else word.lower())
