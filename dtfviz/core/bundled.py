"""What comes with the package, so that there is something true to look at before anything is downloaded or trained."""

from importlib.resources import files
from pathlib import Path

MODEL = "dtf_net_motion"  # of MODELS: its trained weights are the ones that are bundled
WEIGHTS = "motion.safetensors"
CLIP = "walk_crop.mp4"  # a person walks to the left before a still camera
MOVER = "mover.mp4"  # generated: a mover and a still look-alike


def asset(name: str) -> Path:
    """The path of a bundled file."""
    return Path(str(files("dtfviz").joinpath("assets", name)))
