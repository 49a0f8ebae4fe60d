"""Start the dashboard: ``python -m pages.ui``, with any option of ``streamlit run``."""

import signal
import sys

from pages.ui import garbage

with garbage.paused():
    from streamlit.web.cli import main

    from arncnn.errors import UsageError
    from pages.ui import startup, workarounds

APP = startup.APP

workarounds.route_from_the_start()
workarounds.hide_addresses_of_pictures()
workarounds.collect_after_runs()
workarounds.send_at_once()

if __name__ == "__main__":
    garbage.pause()  # until the warm-up has loaded what pages need
    try:
        options = startup.prepare(sys.argv[1:])
    except UsageError as error:
        sys.stderr.write(f"arncnn: {error}\n")
        sys.exit(error.exit_code)
    sys.argv = ["streamlit", "run", str(APP), *options]
    # Told to stop, uvicorn stops and hands the signal on: this process then ends as any other.
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: sys.exit())
    sys.exit(main())
