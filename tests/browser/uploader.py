"""The uploader of a page, for files to be given to."""

from playwright.sync_api import Locator, Page


def empty(page: Page) -> Locator:
    """The uploader that holds no file yet, to be waited for.

    While a page is drawn anew after an upload, the one with the file before is there besides.
    """
    without_file = "[data-testid=stFileUploader]:not(:has([data-testid=stFileChip]))"
    return page.locator(f'{without_file} input[type="file"]')
