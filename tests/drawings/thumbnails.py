"""Small pictures of the samples that come along: ``python -m tests.drawings.thumbnails``."""

from arncnn.samples import catalogue
from pages.ui.scan import samples_gallery

if __name__ == "__main__":
    for sample in catalogue.samples():
        sample.drawn.parent.mkdir(exist_ok=True)
        sample.drawn.write_bytes(samples_gallery.drawn(sample) or b"")
