"""From one file to another: a foreign checkpoint as our own format."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dtfviz.core.errors import CheckpointError, OptionError, OutputError, Use
from dtfviz.core.models.catalogue import Wishes
from dtfviz.core.models.loading.labels import with_labels
from dtfviz.core.models.loading.load import load, origin_of, record_of
from dtfviz.core.results.load_report import LoadReport
from dtfviz.core.store.checkpoint import read_checkpoint, write_checkpoint
from dtfviz.core.store.folders import check_writable_file


def convert_checkpoint(
    source: Path, out: Path, wishes: Wishes, *, partial: bool, labels: str | None, overwrite: bool
) -> tuple[LoadReport, bool]:
    """Write `source` as our own format; whether anything had to be written."""
    if out.suffix != ".safetensors":
        raise OptionError(
            f"{out}: our own format is safetensors",
            fact=f"the name ends in {out.suffix or 'nothing'!r}",
            hint=Use("out", f"{out.stem}.safetensors"),
        )
    check_writable_file(out)
    checkpoint = read_checkpoint(source)
    model, report = load(checkpoint, wishes, partial=partial)
    if labels is not None:
        with_labels(model, labels)
    record = record_of(model, origin_of(checkpoint))
    if out.exists() and not overwrite:
        if not holds(out, record):
            raise OutputError(f"{out}: exists and holds something else", hint=Use("overwrite"))
        return report, False
    write_checkpoint(out, model.state_dict(), record)
    return report, True


def holds(path: Path, record: Mapping[str, Any]) -> bool:
    """Whether a file is what converting would write: its record names the sha256 of the source."""
    try:
        return read_checkpoint(path).record == record
    except CheckpointError:
        return False
