"""Start the dashboard: ``python -m pages.ui``, with any option of ``streamlit run``."""

import sys
from pathlib import Path

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.cli import main

APP = Path(__file__).resolve().parent.parent.parent / "app.py"

# A folder named pages makes Streamlit take a fresh server for one of its old multipage apps until
# the router has run once: a bookmarked page that is the first request would be "not found".
PagesManager.uses_pages_directory = False

if __name__ == "__main__":
    sys.argv = ["streamlit", "run", str(APP), *sys.argv[1:]]
    sys.exit(main())
