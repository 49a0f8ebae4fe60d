"""parquet: the rows of a reading as a table."""

import io
from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]


def parquet_of(lines: list[Row], labels: Sequence[str]) -> bytes:
    """Rows as a table whose columns are the same in every part."""
    import pyarrow as pa
    from pyarrow import parquet

    number, text, whole = pa.float64(), pa.string(), pa.int64()
    by_class = pa.struct([(label, number) for label in labels])

    def texts(*names: str) -> pa.DataType:
        return pa.struct([(name, text) for name in names])

    schema = pa.schema(
        {
            "path": text,
            "status": text,
            "label": text,
            "probabilities": by_class,
            "logits": by_class,
            "verdict": text,
            "reasons": pa.list_(text),
            "entropy": number,
            "prediction_set": pa.list_(text),
            "novelty_p_value": number,
            "header": texts("modality", "body_part", "claimed_class", "verdict"),
            "with_header": pa.struct(
                [("label", text), ("probabilities", by_class), ("effect", text)]
            ),
            "frame": whole,
            "frames": whole,
            "model": texts("id", "sha256"),
            "error": texts("code", "message"),
        }
    )
    named = [{**line, "path": _printable(line["path"])} for line in lines]
    stream = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(named, schema), stream, compression="zstd")
    return stream.getvalue()


def _printable(name: str) -> str:
    """A file's name whose bytes are no UTF-8, with those bytes spelled out."""
    return name.encode(errors="backslashreplace").decode()
