"""How often a model is right, in the terminal."""

from rich.console import Group

from dtfviz.core.render.style.tables import Column, make_table
from dtfviz.core.results.evaluation import Evaluation, Proportion


def evaluation_table(found: Evaluation, width: int) -> Group:
    """Shares with their intervals."""
    columns = [Column("", is_text=True), Column("share", "%"), Column("95 % interval", "%"), Column("clips")]
    shares = [("top-1", found.top1), ("top-5", found.top5), ("mean class accuracy", found.mean_class_accuracy)]
    changed, _ = found.backwards or (None, None)
    rows = [share_row(name, share) for name, share in [*shares, ("class of the reversed motion", changed)] if share]
    notes = [f"{found.model}, {found.trust}; {found.protocol.words}"]
    if found.top5 is None:
        notes.append(f"no top-5 of {found.num_classes} classes")
    if changed:
        notes.append("reversed motion: of the clips that show another class when played backwards")
    if found.classes_note:
        notes.append(f"class names: {found.classes_note}")
    if found.failed:
        notes.append(f"without {len(found.failed)} of {len(found.failed) + len(found.names)} that could not be read")
    return make_table(found.data, columns, rows, width=width, notes=notes)


def share_row(name: str, share: Proportion) -> list[str]:
    """One of them."""
    low, high = share.interval
    return [name, f"{100 * share.value:.1f}", f"{100 * low:.1f} to {100 * high:.1f}", f"{share.clips:.0f}"]
