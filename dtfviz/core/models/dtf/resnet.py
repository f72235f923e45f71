"""DTF-Net: a ResNet over frames, with a temporal operator after the 3x3 convolution of its blocks.

No convolution here mixes steps except the stem, whose temporal kernel equals its stride. So each runs as a 2-D
convolution on folded frames, channels last, as the frame-wise aggregation wants them (benchmarks/cpu_forward.py).
"""

from collections.abc import Collection, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn, unflatten
from torch.nn import functional

from dtfviz.core.choices import RELEASED
from dtfviz.core.errors import ModelError, OptionError, Use
from dtfviz.core.models.card import Layer
from dtfviz.core.models.dtf.temporal import temporal_operator


class FrameConv(nn.Conv3d):
    """A Conv3d whose temporal kernel equals its temporal stride: every step is a 2-D convolution of its own frames."""

    def __init__(
        self, ins: int, outs: int, kernel: int, *, frames: int = 1, stride: int = 1, bias: bool = False
    ) -> None:
        pad = (0, kernel // 2, kernel // 2)
        super().__init__(ins, outs, (frames, kernel, kernel), stride=(frames, stride, stride), padding=pad, bias=bias)
        nn.init.kaiming_normal_(self.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:  # [B, C, F, H, W] -> [B, O, F / frames, h, w]
        frames = self.kernel_size[0]
        grouped = unflatten(x, 2, (-1, frames)).permute(0, 2, 1, 3, 4, 5)  # [B, T, C, frames, H, W]
        folded = grouped.flatten(2, 3).flatten(0, 1).contiguous(memory_format=torch.channels_last)
        out = functional.conv2d(folded, self.weight.flatten(1, 2), self.bias, self.stride[1:], self.padding[1:])
        return unflatten(out, 0, (x.shape[0], -1)).transpose(1, 2)


class Bottleneck(nn.Module):
    """Three convolutions with a temporal operator after the second."""

    def __init__(self, ins: int, width: int, outs: int, stride: int, temporal: nn.Module, eps: float) -> None:
        super().__init__()
        self.conv1 = FrameConv(ins, width, 1)
        self.bn1 = nn.BatchNorm3d(width, eps=eps)
        self.conv2 = FrameConv(width, width, 3, stride=stride)
        self.dtf_blk = temporal
        self.bn2 = nn.BatchNorm3d(width, eps=eps)
        self.conv3 = FrameConv(width, outs, 1)
        self.bn3 = nn.BatchNorm3d(outs, eps=eps)
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module | None = None
        if stride != 1 or ins != outs:
            self.downsample = nn.Sequential(FrameConv(ins, outs, 1, stride=stride), nn.BatchNorm3d(outs, eps=eps))

    def forward(self, x: Tensor) -> Tensor:
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.dtf_blk(self.conv2(out))))
        result: Tensor = self.relu(self.bn3(self.conv3(out)) + identity)
        return result


class DTFNet(nn.Module):
    """Clips [B, 3, frames, H, W] of any height and width -> logits [B, num_classes].

    `temporal_blocks` says which blocks carry the temporal operator: "all", or names of stages and blocks such as
    ("layer3", "layer4.2"). `temporal` is one of models.temporal.TEMPORAL.
    """

    def __init__(
        self,
        *,
        frames: int = 16,
        num_classes: int = 400,
        depths: Sequence[int] = (3, 4, 6, 3),
        widths: Sequence[int] = (64, 128, 256, 512),
        expansion: float = 4,
        strides: Sequence[int] = (1, 2, 2, 2),
        early_stride: int = 4,
        stem_width: int = 64,
        deep_stem: bool = False,
        dropout: float = 0.5,
        temporal: str = "dtf",
        temporal_blocks: str | Collection[str] = "all",
        filter_layout: str = RELEASED,
        factor_g: int = 16,
        alpha_init: float = 0.0,
    ) -> None:
        super().__init__()
        if not len(depths) == len(widths) == len(strides):
            raise OptionError(
                f"{len(depths)} depths, {len(widths)} widths and {len(strides)} strides do not describe the same stages"
            )
        self.frames, self.steps, self.early_stride, self.deep_stem = (
            frames,
            count_steps(frames, early_stride),
            early_stride,
            deep_stem,
        )
        self.temporal, self.filter_layout = temporal, filter_layout
        eps = 2e-5 if deep_stem else 1e-5
        if deep_stem:  # as released: the second convolution of the usual deep stem is never called, so it is not built
            self.conv1 = FrameConv(3, stem_width, 3, frames=early_stride, stride=2)
            self.bn2 = nn.BatchNorm3d(stem_width, eps=eps)
            self.conv3 = FrameConv(stem_width, 2 * stem_width, 3)
            self.bn3 = nn.BatchNorm3d(2 * stem_width, eps=eps)
        else:
            self.conv1 = FrameConv(3, stem_width, 7, frames=early_stride, stride=2)
        self.bn1 = nn.BatchNorm3d(stem_width, eps=eps)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool3d((1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1))
        outs = [2 * stem_width if deep_stem else stem_width] + [round(width * expansion) for width in widths]
        chosen = choose_blocks(depths, temporal_blocks) if temporal != "none" else set()
        self.stages = [f"layer{stage + 1}" for stage in range(len(depths))]
        for name, depth, width, stride, (ins, out) in zip(
            self.stages, depths, widths, strides, pairwise(outs), strict=True
        ):
            blocks = []
            for index in range(depth):
                kind = temporal if f"{name}.{index}" in chosen else "none"
                operator = temporal_operator(
                    kind, width, self.steps, filter_layout=filter_layout, factor_g=factor_g, alpha_init=alpha_init
                )
                blocks.append(
                    Bottleneck(ins if index == 0 else out, width, out, stride if index == 0 else 1, operator, eps)
                )
            self.add_module(name, nn.Sequential(*blocks))
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(outs[-1], num_classes)

    def stem(self, x: Tensor) -> Tensor:
        out: Tensor = self.relu(self.bn1(self.conv1(x)))
        if self.deep_stem:
            out = self.relu(self.bn3(self.conv3(self.relu(self.bn2(out)))))
        pooled: Tensor = self.maxpool(out)
        return pooled

    def forward(self, x: Tensor) -> Tensor:
        check_clip(x, self.frames)
        x = self.stem(x)
        for stage in self.stages:
            x = self.get_submodule(stage)(x)
        logits: Tensor = self.fc(self.dropout(x.mean(dim=(2, 3, 4))))
        return logits

    def dead_parameters(self) -> dict[str, tuple[int, ...]]:
        """What the released code builds here but never uses, and we do not build."""
        width = self.conv1.out_channels
        return {"conv2.weight": (width, width, 1, 3, 3)} if self.deep_stem else {}

    def describe_layers(self) -> tuple[Layer, ...]:
        """Every stage and every block."""
        found = []
        for stage in self.stages:
            blocks = list(self.get_submodule(stage).named_children())
            operators = {
                name: f"{stage}.{name}.dtf_blk" for name, block in blocks if not isinstance(block.dtf_blk, nn.Identity)
            }
            found.append(Layer(stage, "BCTHW", self.steps, list(operators.values())[-1] if operators else None))
            found += [Layer(f"{stage}.{name}", "BCTHW", self.steps, operators.get(name)) for name, _ in blocks]
        return tuple(found)


def count_steps(frames: int, early_stride: int) -> int:
    """Temporal indices inside the network, T; an error where the stem does not divide the clip."""
    if frames % early_stride:
        raise ModelError(
            f"{frames} frames cannot be cut into steps of {early_stride}",
            fact=f"the stem makes one step of every {early_stride} frames",
            hint=Use("frames", max(1, round(frames / early_stride)) * early_stride),
        )
    return frames // early_stride


def check_clip(x: Tensor, frames: int, size: int | None = None) -> None:
    """Frames, channels and (for a transformer) size, before the model computes something else than was asked."""
    shape = tuple(x.shape)
    if len(shape) != 5 or shape[1] != 3:
        raise ModelError("the model takes clips [B, 3, frames, height, width]", fact=f"it was given {shape}")
    if shape[2] != frames:
        raise ModelError(
            f"the clip has {shape[2]} frames, the model was built for {frames}",
            hint=f"load_model(..., frames={shape[2]}) or clips of {frames} frames",
        )
    if size is not None and shape[3:] != (size, size):
        raise ModelError(
            f"the clip is {shape[4]} x {shape[3]} pixels, the model was built for {size} x {size}",
            hint=Use("crop", "center"),
        )


def choose_blocks(depths: Sequence[int], wanted: str | Collection[str]) -> set[str]:
    """Names of blocks from "all" or a collection of stages and blocks."""
    blocks = {
        f"layer{stage + 1}": [f"layer{stage + 1}.{i}" for i in range(depth)] for stage, depth in enumerate(depths)
    }
    names = set(blocks) if wanted == "all" else {wanted} if isinstance(wanted, str) else set(wanted)
    unknown = names - set(blocks) - {block for stage in blocks.values() for block in stage}
    if unknown:
        raise OptionError(
            f"no block or stage is called {', '.join(sorted(unknown))}",
            fact=f"the stages are {', '.join(f'{stage} ({len(inside)} blocks)' for stage, inside in blocks.items())}",
        )
    return {block for stage, inside in blocks.items() for block in inside if stage in names or block in names}
