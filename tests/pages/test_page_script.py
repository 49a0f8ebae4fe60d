"""What every page begins with: the script and the style sheet, once, in the document."""

import urllib.request
from pathlib import Path

from arncnn.config import ASSETS
from pages.ui import door, page_script
from tests.browser.dashboard import TOKEN, running


def test_every_page_begins_with_the_script_and_the_style_sheet(tmp_path: Path) -> None:
    asked = {"Accept": "text/html", "Cookie": "=".join(door.cookie(TOKEN))}
    with running(tmp_path) as address:
        request = urllib.request.Request(f"{address}/training_curve", headers=asked)
        with urllib.request.urlopen(request, timeout=30) as answer:
            document = answer.read().decode()
    sheet = (ASSETS / "theme" / "dashboard.css").read_text(encoding="utf-8")
    head, body = document.split("</head>")
    assert head.count(f'src="./{page_script.NAME}"') == 1
    before_the_page, _ = body.split('<div id="root">')
    assert before_the_page.strip().endswith(f"<style>{sheet}</style>")
