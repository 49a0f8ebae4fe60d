"""Reports: a case, a DICOM structured report and a model card, for people elsewhere."""
