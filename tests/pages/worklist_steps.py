"""What a person does on the upload page and the worklist, step by step."""

import io
import zipfile

from streamlit.testing.v1 import AppTest

from tests.intake import made

_DICOM = "application/dicom"


def disc(*files: bytes) -> bytes:
    """A ZIP of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, content in enumerate(files):
            archive.writestr(str(number), content)
    return out.getvalue()


def give(app: AppTest, content: bytes) -> AppTest:
    """Upload one file on the page in view."""
    app.file_uploader[0].set_value([("given", content, _DICOM)]).run()
    assert not app.exception
    return app


def worklist(app: AppTest) -> AppTest:
    """Open the worklist."""
    app.switch_page("pages/scan/worklist.py").run()
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> None:
    """Press the button whose label begins so."""
    next(button for button in app.button if button.label.startswith(label)).click().run()
    assert not app.exception


def tick(app: AppTest, row: int, *, table: int = 0) -> None:
    """Tick a row of a table as a browser does: by its place."""
    key = app.dataframe[table].proto.id.split("-", 2)[2]
    app.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    app.run()
    assert not app.exception


def shown(app: AppTest) -> str:
    """The address of the picture in view, made of its content."""
    return app.get("image")[0].proto.imgs[0].url


def ct(rows: int, **elements: object) -> bytes:
    """A CT slice of so many rows."""
    return made.dicom(
        made.ramp(rows, 48),
        RescaleSlope="1",
        RescaleIntercept="-1024",
        SeriesInstanceUID=f"1.2.{rows}",
        **elements,
    )
