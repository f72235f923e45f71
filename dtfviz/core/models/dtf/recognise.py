"""Which DTF model a state dict belongs to, read off the names and shapes of its tensors (already in our names)."""

import re
from collections.abc import Mapping

from torch import Tensor

from dtfviz.core.models.card import Card
from dtfviz.core.models.dtf.imagenet import is_image_model
from dtfviz.core.models.families import MOST_BLOCKS, MOST_STAGES, Arguments, Recognised


def shape_of(tensors: Mapping[str, Tensor], name: str) -> tuple[int, ...]:
    """Of a tensor; empty where it is not there."""
    return tuple(tensors[name].shape) if name in tensors else ()


def count(tensors: Mapping[str, Tensor], prefix: str, most: int) -> int:
    """How many numbered children a prefix has: 3 for layer1.0, layer1.1 and layer1.2; an error for more than any model
    has.
    """
    child = re.compile(rf"{re.escape(prefix)}(\d{{1,4}})\.")
    numbers = {match.group(1) for name in tensors if (match := child.match(name))}
    if len(numbers) > most:
        raise ValueError(f"{len(numbers)} children of {prefix}")
    return len(numbers)


def recognise_net(tensors: Mapping[str, Tensor]) -> Recognised | None:
    """A ResNet with or without temporal operators."""
    if not (shape_of(tensors, "layer1.0.conv1.weight") and shape_of(tensors, "conv1.weight")):
        return None
    stem = shape_of(tensors, "conv1.weight")
    stages = [f"layer{n}" for n in range(1, 1 + count(tensors, "layer", MOST_STAGES))]
    depths = tuple(count(tensors, f"{stage}.", MOST_BLOCKS) for stage in stages)
    widths = tuple(shape_of(tensors, f"{stage}.0.conv1.weight")[0] for stage in stages)
    outs = shape_of(tensors, f"{stages[0]}.0.conv3.weight")
    arguments: Arguments = {"depths": depths, "widths": widths, "stem_width": stem[0]}
    arguments["strides"] = (1, *[2] * (len(depths) - 1))  # no tensor tells: those of every ResNet
    if outs:
        arguments["expansion"] = outs[0] / widths[0]
    if "conv3.weight" in tensors:
        arguments["deep_stem"] = True
    is_image = is_image_model(tensors)
    if not is_image:
        arguments["early_stride"] = stem[2]
    blocks = [f"{stage}.{index}" for stage, depth in zip(stages, depths, strict=True) for index in range(depth)]
    with_slot = {name.partition(".dtf_blk.")[0] for name in tensors if ".dtf_blk." in name}
    slots = {block: f"{block}.dtf_blk." for block in blocks if block in with_slot}
    steps = None
    if not is_image:
        first = next(iter(slots.values()), None)
        operator, steps = recognise_operator(tensors, first)
        arguments |= operator
        if slots and len(slots) < len(blocks):
            arguments["temporal_blocks"] = tuple(slots)
    frames = steps * arguments["early_stride"] if steps else None
    return Recognised("dtf_net", arguments | classes(tensors), frames, None, is_image)


def recognise_transformer(tensors: Mapping[str, Tensor]) -> Recognised | None:
    """A Swin Transformer with or without temporal operators."""
    patch = shape_of(tensors, "patch_embed.proj.weight")
    if not (patch and shape_of(tensors, "layers.0.blocks.0.attn.relative_position_bias_table")):
        return None
    stages = range(count(tensors, "layers.", MOST_STAGES))
    table = "layers.{}.blocks.0.attn.relative_position_bias_table"
    arguments: Arguments = {
        "embed": patch[0],
        "patch": patch[-1],
        "depths": tuple(count(tensors, f"layers.{stage}.blocks.", MOST_BLOCKS) for stage in stages),
        "heads": tuple(shape_of(tensors, table.format(stage))[1] for stage in stages),
        "window": (round(shape_of(tensors, table.format(0))[0] ** 0.5) + 1) // 2,
    }
    is_image, steps = is_image_model(tensors), None
    if not is_image:
        arguments["early_stride"] = patch[2]
        slot = "layers.0.blocks.0.dtf_block."
        operator, steps = recognise_operator(tensors, slot if any(name.startswith(slot) for name in tensors) else None)
        arguments |= operator
    mask = shape_of(tensors, "layers.0.blocks.1.attn_mask")
    size = round(arguments["patch"] * arguments["window"] * mask[0] ** 0.5) if mask and not is_image else None
    frames = steps * arguments["early_stride"] if steps else None
    return Recognised("dtf_swin", arguments | classes(tensors), frames, size, is_image)


def recognise_operator(tensors: Mapping[str, Tensor], slot: str | None) -> tuple[Arguments, int | None]:
    """The temporal operator in a slot, and its steps. `dtf` and `dtf_cor` have the same shapes: it is taken for
    `dtf`.
    """
    if slot is None:
        return {"temporal": "none"}, None
    dim = shape_of(tensors, f"{slot}alpha1")[1:2]
    weight, predictor = shape_of(tensors, f"{slot}weights_cor"), shape_of(tensors, f"{slot}filter_g.weight")
    if predictor and dim:
        steps = weight[1] if weight else predictor[1] // dim[0]
        sees_correlation = bool(weight) and predictor[1] == (dim[0] + weight[2] * weight[3]) * steps
        kind = "dtf" if sees_correlation else "dtf_agg" if weight else "dtf_nofa"
        return {"temporal": kind, "factor_g": dim[0] * (steps // 2 + 1) * 2 // max(1, predictor[0])}, steps
    if f"{slot}fixed_filter" in tensors:
        return {"temporal": "dtf_f"}, None
    kernel = shape_of(tensors, f"{slot}kernel_g.weight")
    if kernel and dim:
        return {"temporal": "dtf_1d+", "factor_g": dim[0] * 3 // max(1, kernel[0])}, kernel[1] // dim[0]
    return {"temporal": "dtf_1d"}, None


def classes(tensors: Mapping[str, Tensor]) -> Arguments:
    """Their number, where the file has a head."""
    head = shape_of(tensors, "fc.weight")
    return {"num_classes": head[0]} if head else {}


def explain_shape(name: str, shape: tuple[int, ...], card: Card) -> str:
    """Why a tensor differs from the model's, as far as its name tells; nothing where it does not."""
    if name.endswith("weights_cor") and len(shape) == 4 and shape[1] != (steps := card.layers[0].steps):
        return f"made for {shape[1] * (card.frames // steps)}-frame clips"
    if name.endswith("filter_g.weight"):
        return "made for another clip length, factor_g or operator"
    if name.startswith("fc."):
        return f"made for {shape[0]} classes"
    if name.endswith("relative_position_bias_table"):
        return f"made for windows of {(round(shape[0] ** 0.5) + 1) // 2} tokens"
    return ""
