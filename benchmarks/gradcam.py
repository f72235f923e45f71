"""Grad-CAM on a graph cut at the last stage of dtf_net_r50, against the same gradients from the whole graph.

One clip of 16 frames at 224 pixels, weights as they come (parameters require gradients), two threads. Time: ratio of
the fastest rounds, interleaved. Memory: what torch allocates at its peak above model and input, by its own profiler.
Goals: at least 3 times faster, at most 1/5 of the memory.
"""

import torch
from memory import peak_of
from timing import fastest

from dtfviz.core.models.borrow.cut import cut_at
from dtfviz.core.models.card import card_of
from dtfviz.core.models.loading.model import load_model

torch.manual_seed(0)
model = load_model("dtf_net_r50")
layer = card_of(model).layer("layer4")
clip = torch.randn(1, 3, 16, 224, 224)


def cut() -> None:
    with cut_at(model, layer) as capture:
        logits = model(clip)[0]
        capture(logits[3], logits)


def whole() -> None:
    """As hook-based tools do it: the graph of the whole forward pass, backward through all of it."""
    kept = []
    handle = model.get_submodule(layer.name).register_forward_hook(lambda module, inputs, output: kept.append(output))
    model(clip.requires_grad_())[0, 3].backward()
    handle.remove()
    model.zero_grad()


if __name__ == "__main__":
    ours, theirs = fastest([cut, whole], rounds=5)
    print(f"time:   cut {ours:.2f} s, whole graph {theirs:.2f} s: {theirs / ours:.1f} times")
    small, large = peak_of(cut), peak_of(whole)
    print(f"memory: cut {small:.0f} MB, whole graph {large:.0f} MB: 1/{large / small:.1f}")
