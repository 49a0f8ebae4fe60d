"""Start the dashboard: ``python -m pages.ui``, with any option of ``streamlit run``."""

import signal
import sys
from pathlib import Path

from streamlit.web.cli import main

from pages.ui import workarounds

APP = Path(__file__).resolve().parent.parent.parent / "app.py"

workarounds.route_from_the_start()
workarounds.hide_addresses_of_pictures()

if __name__ == "__main__":
    # Told to stop, uvicorn stops and hands the signal on: this process then ends as any other.
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: sys.exit())
    sys.argv = ["streamlit", "run", str(APP), *sys.argv[1:]]
    sys.exit(main())
