"""Grad-CAM of one clip at one layer, by dtfviz, torch-cam, captum and grad-cam: time and peak memory, and their ratios.

Each is called as its documentation says. dtfviz starts from the clip's pixels, the others from the tensor that the
model takes. Weights are as they come: parameters require gradients. Time: the fastest of the rounds, interleaved.
Memory: what torch allocates at its peak above model and input. Two threads; `pip install dtfviz[compare]`.

The last column is the correlation of each map with dtfviz's, on the layer's grid: 1 where they are the same. captum
takes channels to come first, so of a Swin, whose channels come last, its map is of another grid. grad-cam gives its map
at the size of the clip only.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from captum.attr import LayerGradCam
from into import markdown
from memory import peak_of
from numpy.typing import NDArray
from pytorch_grad_cam import GradCAM as PackagedGradCam
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from timing import fastest
from torch import Tensor, nn
from torchcam.methods import GradCAM
from torchvision.models import video

import dtfviz
from dtfviz.core.bundled import CLIP, MODEL, asset
from dtfviz.core.media.clip import Clip
from dtfviz.core.models.card import card_of
from dtfviz.core.models.inputs import input_of
from dtfviz.core.models.layouts import as_clip

TARGET = 3
Map = NDArray[np.float32]


@dataclass(frozen=True)
class Question:
    """A model, what it is shown, and where it is looked at."""

    model: nn.Module
    layer: str
    clip: Clip
    x: Tensor  # the clip as the model takes it

    @property
    def module(self) -> nn.Module:
        """At the layer."""
        return self.model.get_submodule(self.layer)

    def channels_first(self, feature: Tensor) -> Tensor:
        """What comes out of the layer, as (B, C, T, H, W)."""
        return as_clip(feature, card_of(self.model).layer(self.layer))


def ask(model: nn.Module, layer: str) -> Question:
    clip = dtfviz.clip_for(model, asset(CLIP), loop=True)
    return Question(model, layer, clip, input_of(model, clip))


# --- each as its documentation says -----------------------------------------------------------------------------------
def ours(asked: Question) -> Map:
    return dtfviz.gradcam(asked.model, asked.clip, TARGET, asked.layer).map


def torchcam(asked: Question) -> Map:
    with GradCAM(asked.model, asked.layer, reshape_transform=asked.channels_first) as extract:
        (found,) = extract(TARGET, asked.model(asked.x))
    return np.asarray(found[0].numpy())


def captum(asked: Question) -> Map:
    found = LayerGradCam(asked.model, asked.module).attribute(asked.x, target=TARGET, relu_attributions=True)
    return np.asarray(found[0, 0].detach().numpy())


def gradcam(asked: Question) -> Map:
    with PackagedGradCam(asked.model, [asked.module], reshape_transform=asked.channels_first) as explain:
        return np.asarray(explain(asked.x, [ClassifierOutputTarget(TARGET)])[0])


TOOLS: dict[str, Callable[[Question], Map]] = {
    "dtfviz": ours,
    "torch-cam": torchcam,
    "captum": captum,
    "grad-cam": gradcam,
}


# --- what comes of it -------------------------------------------------------------------------------------------------
def compare(asked: Question, rounds: int) -> list[list[str]]:
    """A row a tool: seconds and megabytes, each with its ratio to ours."""
    works = [partial(tool, asked) for tool in TOOLS.values()]
    maps = [work() for work in works]  # the first call of each, which nothing measures
    seconds, peaks = fastest(works, rounds), [peak_of(work) for work in works]
    name = f"{card_of(asked.model).name}, {asked.layer}"
    rows = []
    for tool, time, peak, found in zip(TOOLS, seconds, peaks, maps, strict=True):
        measured = [f"{time:.3f}", f"{time / seconds[0]:.2f}", f"{peak:.0f}", f"{peak / peaks[0]:.1f}"]
        rows.append([name, tool, *measured, agree(maps[0], found)])
    return rows


def agree(one: Map, other: Map) -> str:
    """The correlation of two maps of one grid."""
    return f"{np.corrcoef(one.ravel(), other.ravel())[0, 1]:.3f}" if one.shape == other.shape else "-"


def questions() -> list[Question]:
    """The bundled model as it is trained, a 3-D convolutional net and a transformer with random weights."""
    torch.manual_seed(0)
    residual = dtfviz.wrap(video.r3d_18(), frames=16, size=112, name="r3d_18")
    shifted = dtfviz.wrap(video.swin3d_t(), frames=16, size=224, name="swin3d_t")
    return [ask(dtfviz.load_model(MODEL), "layer4"), ask(residual, "layer4"), ask(shifted, "features.6")]


if __name__ == "__main__":
    torch.set_num_threads(2)
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    heads = ["model, layer", "tool", "s", "x dtfviz", "MB", "x dtfviz", "map"]
    print(markdown(heads, [row for asked in questions() for row in compare(asked, rounds)]))
