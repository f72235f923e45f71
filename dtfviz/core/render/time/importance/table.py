"""How much each frame counts, in the terminal."""

from rich.console import Group

from dtfviz.core.render.style.tables import Column, make_table, three
from dtfviz.core.render.time.importance.cells import cells_words
from dtfviz.core.render.time.importance.energy import NO_MAP, energy_of_frames
from dtfviz.core.results.importance import Importance


def importance_table(result: Importance, width: int) -> Group:
    """A row a frame."""
    columns = [Column("frame"), Column("time", "s"), Column("held", "nats"), Column("blurred", "nats")]
    columns.append(Column("energy", "of the map"))
    clip, cam, energy = result.clip, result.cam, energy_of_frames(result)
    rows = [
        [
            str(clip.indices[place]),
            f"{clip.times[place]:.2f}",
            three(float(result.held[place])),
            three(float(result.blurred[place])),
            "-" if energy is None else three(float(energy[place])),
        ]
        for place in range(len(clip.indices))
    ]
    label = result.target.label
    shown = [f"map: {cam.method} at {cam.layer}", *cam.remarks] if cam else [NO_MAP]
    notes = [
        f"{result.model}, {result.trust}; drop of log p({label}), one frame held from the one before or blurred",
        *shown,
        *([cells_words(result.occlusion)] if result.occlusion else []),
        *([f"class names: {result.classes_note}"] if result.classes_note else []),
    ]
    title = f"{clip.video.path}: {label} {result.target.probability:.3f}"
    return make_table(title, columns, rows, width=width, notes=notes)
