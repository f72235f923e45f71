"""What became of every tensor of a checkpoint, and of every parameter of the model."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mismatch:
    """A tensor whose shape is not the model's."""

    name: str
    in_file: tuple[int, ...]
    in_model: tuple[int, ...]
    reason: str


@dataclass(frozen=True)
class LoadReport:
    """All tensors of a file and of the model that it fills."""

    path: str
    kind: str  # what the file is
    model: str
    matched: int  # tensors loaded
    renamed: tuple[tuple[str, str], ...]  # those of them that the file calls otherwise: (there, here)
    dead: tuple[str, ...]  # in the file, but never used by this model
    recomputed: tuple[str, ...]  # tables that the model computes itself
    missing: tuple[str, ...]  # in the model, not in the file: left at their initial values
    unexpected: tuple[str, ...]  # in the file, unknown to the model
    mismatched: tuple[Mismatch, ...]
    remarks: tuple[str, ...] = ()  # what had to be assumed

    @property
    def untrained(self) -> tuple[str, ...]:
        return tuple(sorted({*self.missing, *(mismatch.name for mismatch in self.mismatched)}))
