"""Start the dashboard: ``python -m pages.ui``, with any option of ``streamlit run``."""

import sys
from pathlib import Path

from streamlit.web.cli import main

from pages.ui import workarounds

APP = Path(__file__).resolve().parent.parent.parent / "app.py"

workarounds.route_from_the_start()

if __name__ == "__main__":
    sys.argv = ["streamlit", "run", str(APP), *sys.argv[1:]]
    sys.exit(main())
