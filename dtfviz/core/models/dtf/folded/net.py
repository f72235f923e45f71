"""DTF-Net, folded: frames [B*T, C, H, W], channels last, from stem to head; clips of them are views."""

import copy
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from dtfviz.core.models.dtf.block import DTFBlock
from dtfviz.core.models.dtf.folded.convolution import (
    Convolution,
    by_frame,
    conv_and_norm,
    convolution_like,
    folded_norm,
)
from dtfviz.core.models.dtf.folded.spectral import FoldedDTF
from dtfviz.core.models.dtf.resnet import Bottleneck, DTFNet, FrameConv, check_clip


def fold_net(model: DTFNet) -> nn.Module:
    """A DTF-Net of the same answers, with the same names of stages and blocks."""
    return FoldedNet(model)


class FoldedNet(nn.Module):
    """Clips [B, 3, frames, H, W] -> logits [B, num_classes]."""

    def __init__(self, net: DTFNet) -> None:
        super().__init__()
        self.frames, self.early_stride, self.stages = net.frames, net.early_stride, net.stages
        self.conv1 = conv_and_norm(net.conv1, net.bn1, has_relu=True)
        self.conv3: Convolution | None = None
        if net.deep_stem:  # bn2 stands before a ReLU and after another: it is in the way of neither convolution
            self.bn2 = copy.deepcopy(net.bn2).requires_grad_(False)
            self.conv3 = conv_and_norm(net.conv3, net.bn3, has_relu=True)
        for stage in net.stages:
            blocks = (cast("Bottleneck", block) for block in net.get_submodule(stage).children())
            self.add_module(stage, nn.Sequential(*map(FoldedBottleneck, blocks)))
        self.fc = copy.deepcopy(net.fc).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        check_clip(x, self.frames)
        x = self.stem(x)
        for stage in self.stages:
            x = self.get_submodule(stage)(x)
        logits: Tensor = self.fc(x.mean(dim=(2, 3, 4)))
        return logits

    def stem(self, x: Tensor) -> Tensor:
        """Clips [B, C, F, H, W] -> [B, C, T, H, W], whose frames are channels last."""
        grouped = x.unflatten(2, (-1, self.early_stride)).permute(0, 2, 1, 3, 4, 5)
        frames = grouped.flatten(2, 3).flatten(0, 1).contiguous(memory_format=torch.channels_last)
        out = self.conv1(frames)
        if self.conv3 is not None:
            out = self.conv3(self.bn2(out[:, :, None])[:, :, 0].relu_())
        pooled = functional.max_pool2d(out, 3, stride=2, padding=1)
        clips: Tensor = pooled.unflatten(0, (len(x), -1)).transpose(1, 2)
        return clips


class FoldedBottleneck(nn.Module):
    """Clips [B, C, T, H, W], seen as frames."""

    def __init__(self, block: Bottleneck) -> None:
        super().__init__()
        self.conv1 = conv_and_norm(block.conv1, block.bn1, has_relu=True)
        if isinstance(block.dtf_blk, DTFBlock):
            self.conv2, self.dtf_blk, gain, rest = through_relu(block, block.dtf_blk)
        else:
            self.conv2, self.dtf_blk, gain, rest = as_it_stands(block)
        last, shift = folded_norm(block.bn3)
        weight = by_frame(block.conv3) * last[:, None, None, None]
        shift = shift + weight.flatten(1) @ rest
        self.conv3 = convolution_like(block.conv3, weight * gain[:, None, None], shift, has_relu=True)
        self.downsample: Convolution | None = None
        if isinstance(block.downsample, nn.Sequential):
            conv, norm = cast("tuple[FrameConv, nn.BatchNorm3d]", tuple(block.downsample))
            self.downsample = conv_and_norm(conv, norm, has_relu=False)

    def forward(self, x: Tensor) -> Tensor:
        frames = x.transpose(1, 2).flatten(0, 1)
        identity = frames if self.downsample is None else self.downsample(frames)
        out = self.conv2(self.conv1(frames))
        clips = out.permute(0, 2, 3, 1).unflatten(0, (len(x), -1))  # [B, T, H, W, C]
        out = self.dtf_blk(clips).flatten(0, 1).permute(0, 3, 1, 2)
        added: Tensor = self.conv3(out, identity).unflatten(0, (len(x), -1)).transpose(1, 2)
        return added


Folded = tuple[Convolution, nn.Module, Tensor, Tensor]  # second convolution, operator, gain of the third, what it lacks


LEAST = 1e-30  # of a gain: weights that decay end in numbers by which a shift cannot be divided in single precision


def through_relu(block: Bottleneck, operator: DTFBlock) -> Folded:
    """The norm after the block, moved: its gain's size goes through the ReLU into the third convolution, its sign into
    the second, under which what frames say of each other does not change.

    A channel of no gain, or of one by which nothing could be divided, is a constant: the third convolution's.
    """
    gain, shift = folded_norm(block.bn2)
    is_constant = gain.abs() < LEAST
    size, signs = torch.where(is_constant, 0.0, gain.abs()), torch.where(gain < 0, -1.0, 1.0).double()
    inside = torch.where(is_constant, 0.0, shift / size.clamp_min(LEAST))
    weight = by_frame(block.conv2) * signs[:, None, None, None]
    conv = convolution_like(block.conv2, weight, weight.new_zeros(len(weight)), has_relu=False)
    return conv, FoldedDTF(operator, signs, inside, has_relu=True), size, torch.where(is_constant, shift, 0.0).relu()


def as_it_stands(block: Bottleneck) -> Folded:
    """Another temporal operator; without one the norm is the second convolution's."""
    one = block.bn2.weight.detach().double().new_ones(block.conv2.out_channels)
    if isinstance(block.dtf_blk, nn.Identity):
        return conv_and_norm(block.conv2, block.bn2, has_relu=True), nn.Identity(), one, 0 * one
    weight = by_frame(block.conv2)
    conv = convolution_like(block.conv2, weight, weight.new_zeros(len(weight)), has_relu=False)
    return conv, NormedOperator(block), one, 0 * one


class NormedOperator(nn.Module):
    """A temporal operator as it is, with the norm and the ReLU after it, on clips [B, T, H, W, C]."""

    def __init__(self, block: Bottleneck) -> None:
        super().__init__()
        self.operator = copy.deepcopy(block.dtf_blk).requires_grad_(False)
        gain, shift = folded_norm(block.bn2)
        self.gain: Tensor
        self.shift: Tensor
        self.register_buffer("gain", gain.to(block.bn2.weight))
        self.register_buffer("shift", shift.to(block.bn2.weight))

    def forward(self, x: Tensor) -> Tensor:
        out = self.operator(x.permute(0, 4, 1, 2, 3)).permute(0, 2, 3, 4, 1)
        normed: Tensor = torch.addcmul(self.shift, out, self.gain).relu_()
        return normed
