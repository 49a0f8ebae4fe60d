"""Reports as text: their sentences stand in ``templates``, and values are filled in here."""

from functools import cache
from typing import TYPE_CHECKING, Any

from arncnn.data import outlier_kinds
from arncnn.formatting import counted, number, percent, share, span
from arncnn.labels import title

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **values: Any) -> str:
    """The report as text.

    Args:
        template: a file in ``templates``. Values are escaped in all but Markdown: some of them
            were written by others.
        values: by the names the template has for them; one that it misses is an error.
    """
    return _environment().get_template(template).render(values)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("arncnn.reports"),
        autoescape=select_autoescape(disabled_extensions=("md.j2",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "class_title": title,
        "counted": counted,
        "kind_title": outlier_kinds.title,
        "number": number,
        "percent": percent,
        "share": share,
        "span": span,
        "thousands": "{:,}".format,
    }
    return environment
