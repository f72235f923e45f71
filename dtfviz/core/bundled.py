"""What comes with the package, so that there is something true to look at before anything is downloaded or trained."""

from importlib.resources import files
from pathlib import Path

MODEL = "dtf_net_motion"  # of MODELS: its trained weights are the ones that are bundled
WEIGHTS = "motion.safetensors"
CLIP = "walk_crop.mp4"  # a person walks to the left before a still camera
MOVER = "mover.mp4"  # generated: a mover and a still look-alike
DIGESTS = {  # sha256 of what `dtfviz doctor` looks after; a new training writes another
    WEIGHTS: "55173df3f4cd42501c196eabf542782cd6fa566f9287570bb8f9af4735810ffe",
    CLIP: "66b7aa3de646764e0827c3f00f09fd0f1db833f44754ffd321f043345de14d97",
    MOVER: "0b9c38945cfa0b6b0b66214195d0d306babf8e25a40447002d536061e2c9462e",
}


def asset(name: str) -> Path:
    """The path of a bundled file."""
    return Path(str(files("dtfviz").joinpath("assets", name)))
