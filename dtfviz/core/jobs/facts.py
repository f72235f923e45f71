"""What every run depends on, and what its manifest says."""

import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from shutil import which

from torch import nn

from dtfviz import __version__
from dtfviz.core.jobs.setup import View
from dtfviz.core.media.clip import Clip, Video
from dtfviz.core.media.sampling import choose_frames
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.models.inputs import device_of
from dtfviz.core.ops import implementation_for
from dtfviz.core.store.runs import Facts


def versions(*packages: str) -> dict[str, str]:
    """Of installed packages."""
    return {name: version(name) for name in packages}


def code_facts() -> Facts:
    """The code that made a model: our version, and the commit where this is a checkout."""
    checkout = Path(__file__).parents[3]
    commit = None
    if (checkout / ".git").exists() and which("git"):
        asked = ["git", "-C", str(checkout), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
        commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or None
    return {"dtfviz": __version__, "commit": commit, **versions("torch", "numpy")}


def model_inputs(card: Card) -> Facts:
    """What of a model a result depends on."""
    return {
        "version": __version__,
        "model": card.name,
        "arguments": dict(card.arguments),
        "size": card.size,
        "weights": card.weights_sha256,
        "classes": card.classes,
        "folded": card.folded,
    }


def run_inputs(card: Card, video: Video, views: Sequence[View]) -> Facts:
    """The same with the frames of a video."""
    return model_inputs(card) | {
        "video": video.sha256,
        "clips": [(choose_frames(video, sampling), crop) for sampling, crop in views],
    }


def model_facts(model: nn.Module, command_line: Sequence[str]) -> Facts:
    """What a manifest says of a run with a model."""
    card, device = card_of(model), device_of(model)
    return {
        "command": ["dtfviz", *command_line],
        "versions": {"dtfviz": __version__, **versions("torch", "numpy", "av", "matplotlib")},
        "device": str(device),
        "kernel": implementation_for(device),
        "model": {
            "name": card.name,
            "trust": card.trust,
            "filter_layout": card.filter_layout,
            "folded": card.folded,
            "sha256": card.weights_sha256,
        },
    }


def run_facts(model: nn.Module, video: Video, clips: Sequence[Clip], command_line: Sequence[str]) -> Facts:
    """The same with the clips of a video."""
    return model_facts(model, command_line) | {
        "video": video_facts(video),
        "clips": [
            {"indices": clip.indices, "times": clip.times, "crop": clip.crop, "box": list(asdict(clip.box).values())}
            for clip in clips
        ],
    }


def video_facts(video: Video) -> Facts:
    """What a manifest says of a video."""
    return {"path": str(video.path), "sha256": video.sha256, "rotation": video.rotation}
