"""Models in which nothing is at its quiet beginning: gains of either sign and one of zero, shifts, statistics of norms,
temporal operators that add as much as they are given.
"""

import torch

from dtfviz.core.models.building import build_model

NET = {
    "depths": (2, 1),
    "widths": (16, 32),
    "strides": (1, 2),
    "expansion": 2,
    "stem_width": 8,
    "num_classes": 5,
    "size": 32,
}
TRANSFORMER = {"depths": (2, 2), "heads": (2, 4), "embed": 32, "size": 56, "num_classes": 5}


@torch.no_grad()
def enliven(model, seed=0):
    generator = torch.Generator().manual_seed(seed)

    def drawn(like):
        return torch.randn(like.shape, generator=generator, dtype=torch.float64).to(like)

    for name, value in [*model.named_parameters(), *model.named_buffers()]:
        is_quiet = value.ndim <= 1 or name.endswith(("alpha1", "dtf_blk.bias", "dtf_block.bias", "fixed_filter"))
        if name.endswith("running_var"):
            value.copy_(0.5 + drawn(value).abs())
        elif name.endswith("complex_weight"):
            value.copy_(drawn(value) / len(value) ** 0.5)
        elif is_quiet and value.is_floating_point():
            value.copy_(drawn(value))
    return model.eval()


def lively_net(frames=12, **arguments):
    net = enliven(build_model("dtf_net_r50", **(NET | {"frames": frames} | arguments)).double())
    for block in net.layer1:
        block.bn2.weight.data[3] = 0
    return net


def lively_transformer(frames=12, **arguments):
    return enliven(build_model("dtf_swin_s", **(TRANSFORMER | {"frames": frames} | arguments)).double())
