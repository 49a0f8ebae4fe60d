"""Start the dashboard: ``python -m pages.ui``, with any option of ``streamlit run``."""

import sys

from streamlit.web.cli import main

from arncnn.errors import UsageError
from pages.ui import startup, workarounds

APP = startup.APP

workarounds.route_from_the_start()

if __name__ == "__main__":
    try:
        options = startup.prepare(sys.argv[1:])
    except UsageError as error:
        sys.stderr.write(f"arncnn: {error}\n")
        sys.exit(error.exit_code)
    sys.argv = ["streamlit", "run", str(APP), *options]
    sys.exit(main())
