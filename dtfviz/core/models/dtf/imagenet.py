"""ImageNet ResNet and Swin files as weights for a video model: names from several sources, kernels inflated in time."""

import re
from collections.abc import Mapping

import torch
from torch import Tensor

# torchvision calls the parts of a Swin by their number in a Sequential; timm puts a stage's merging before its blocks
TORCHVISION_STAGE = re.compile(r"features\.(\d+)\.(.*)")
TORCHVISION_PARTS = {"mlp.0.": "mlp.fc1.", "mlp.3.": "mlp.fc2."}
TIMM_MERGING = re.compile(r"layers\.(\d+)\.downsample\.(.*)")


def is_image_model(tensors: Mapping[str, Tensor]) -> bool:
    """Whether the first convolution has no axis for time."""
    stem = first_of(tensors, "conv1.weight", "patch_embed.proj.weight", "features.0.0.weight")
    return stem is not None and stem.dim() == 4


def first_of(tensors: Mapping[str, Tensor], *names: str) -> Tensor | None:
    """The first of these that is there."""
    return next((tensors[name] for name in names if name in tensors), None)


def our_name(name: str, tensors: Mapping[str, Tensor]) -> str:
    """The name in our models of a tensor of a torchvision, timm or official file."""
    if name in ("head.weight", "head.bias", "head.fc.weight", "head.fc.bias"):
        return f"fc.{name.rpartition('.')[2]}"
    stage = TORCHVISION_STAGE.fullmatch(name)
    if stage:
        return torchvision_name(int(stage.group(1)), stage.group(2))
    merging = TIMM_MERGING.fullmatch(name)
    if merging and not any(key.startswith("layers.0.downsample.") for key in tensors):
        return f"layers.{int(merging.group(1)) - 1}.downsample.{merging.group(2)}"
    return name


def torchvision_name(index: int, rest: str) -> str:
    """features.0 is the patch embedding; then stages and mergings take turns."""
    if index == 0:
        return (
            rest.replace("0.", "patch_embed.proj.", 1)
            if rest.startswith("0.")
            else rest.replace("2.", "patch_embed.norm.", 1)
        )
    if index % 2 == 0:
        return f"layers.{index // 2 - 1}.downsample.{rest}"
    for theirs, ours in TORCHVISION_PARTS.items():
        rest = rest.replace(theirs, ours)
    return f"layers.{index // 2}.blocks.{rest}"


def inflate_image(tensors: Mapping[str, Tensor], arguments: Mapping[str, object]) -> dict[str, Tensor]:
    """An image model's tensors for a builder's arguments; those of a video model stay as they are."""
    return inflate(tensors, int(str(arguments.get("early_stride", 4)))) if is_image_model(tensors) else dict(tensors)


def inflate(tensors: Mapping[str, Tensor], early_stride: int) -> dict[str, Tensor]:
    """2-D convolutions as (1, k, k) ones; the stem's kernel at tap early_stride // 2 of a temporal kernel, zero
    elsewhere.
    """
    return {name: inflate_tensor(name, tensor, early_stride) for name, tensor in tensors.items()}


def inflate_tensor(name: str, tensor: Tensor, early_stride: int) -> Tensor:
    """One tensor of an image model, with an axis for time."""
    is_stem = name == "patch_embed.proj.weight" or ("conv1" in name and "layer" not in name)
    is_convolution = is_stem or (tensor.dim() == 4 and ("conv" in name or "downsample.0" in name))
    if not is_convolution or tensor.dim() != 4:
        return tensor
    if not is_stem or early_stride == 1:
        return tensor.unsqueeze(2)
    taps = [torch.zeros_like(tensor)] * early_stride
    taps[early_stride // 2] = tensor
    return torch.stack(taps, dim=2)
