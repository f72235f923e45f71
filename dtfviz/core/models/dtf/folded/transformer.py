"""DTF-Transformer, folded: gains and shifts of layer norms in the linear layers after them, the position bias looked up
once, windows gathered and put back in one step each, and clips of tokens seen by the temporal operator as they lie.
"""

import copy
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from dtfviz.core.models.dtf.block import DTFBlock
from dtfviz.core.models.dtf.folded.linear import NormedLinear, as_it_stands
from dtfviz.core.models.dtf.folded.spectral import FoldedDTF
from dtfviz.core.models.dtf.resnet import check_clip
from dtfviz.core.models.dtf.swin import Block, DTFTransformer, PatchMerging, Stage, WindowAttention, partition


def fold_transformer(model: DTFTransformer) -> nn.Module:
    """A DTF-Transformer of the same answers, with the same names of stages and blocks."""
    return FoldedTransformer(model)


class FoldedAttention(nn.Module):
    """Attention in windows, between two permutations of tokens."""

    bias: Tensor  # [1 or windows, heads, tokens, tokens]
    gathered: Tensor  # [L]: the token that stands at each place of the windows
    returned: Tensor  # [L]: its inverse

    def __init__(self, block: Block) -> None:
        super().__init__()
        attention: WindowAttention = block.attn
        self.heads, self.tokens = attention.heads, block.window**2
        self.qkv = NormedLinear(block.norm1, attention.qkv)
        self.proj = as_it_stands(attention.proj)
        table = attention.relative_position_bias_table.detach()
        bias = table[attention.relative_position_index].permute(2, 0, 1)[None]
        if block.attn_mask is not None:
            bias = bias + block.attn_mask[:, None]
        grid = torch.arange(block.side**2, device=table.device).view(1, block.side, block.side, 1)
        rolled = torch.roll(grid, (-block.shift, -block.shift), dims=(1, 2))
        gathered = partition(rolled, block.window).flatten()
        self.register_buffer("bias", bias.to(table))
        self.register_buffer("gathered", gathered)
        self.register_buffer("returned", gathered.argsort())

    def forward(self, x: Tensor) -> Tensor:  # [N, L, C] -> the same, with what attention adds
        windows = x.index_select(1, self.gathered).unflatten(1, (-1, self.tokens)).flatten(0, 1)
        q, k, v = self.qkv(windows).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        # torch's fused attention takes one axis before the heads: windows of all frames, each with the bias of its own
        bias = self.bias if len(self.bias) == 1 else self.bias.repeat(len(x), 1, 1, 1)
        out = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        tokens = out.transpose(1, 2).flatten(2).unflatten(0, (len(x), -1)).flatten(1, 2)
        summed: Tensor = self.proj(tokens.index_select(1, self.returned), x)
        return summed


class FoldedBlock(nn.Module):
    """Tokens [N, L, C] of clips one after the other."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self.side, self.steps = block.side, block.steps
        self.attn = FoldedAttention(block)
        self.fc1 = NormedLinear(block.norm2, block.mlp.fc1, has_gelu=True)
        self.fc2 = as_it_stands(block.mlp.fc2)
        self.dtf_block: nn.Module | None = None
        if isinstance(block.dtf_block, DTFBlock):
            one = block.dtf_block.alpha1.detach().double().flatten().new_ones(block.dtf_block.dim)
            self.dtf_block = FoldedDTF(block.dtf_block, one, 0 * one, has_relu=False)
        elif block.dtf_block is not None:
            self.dtf_block = AsItStands(block.dtf_block)

    def forward(self, x: Tensor) -> Tensor:
        x = self.attn(x)
        if self.dtf_block is not None:
            clips = x.unflatten(1, (self.side, self.side)).unflatten(0, (-1, self.steps))  # [B, T, H, W, C]
            x = self.dtf_block(clips).flatten(0, 1).flatten(1, 2)
        out: Tensor = self.fc2(self.fc1(x), x)
        return out


class AsItStands(nn.Module):
    """Another temporal operator, on clips [B, T, H, W, C]."""

    def __init__(self, operator: nn.Module) -> None:
        super().__init__()
        self.operator = copy.deepcopy(operator).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.operator(x.permute(0, 4, 1, 2, 3)).permute(0, 2, 3, 4, 1)
        return out


class FoldedMerging(nn.Module):
    """Four neighbours become one token of twice the channels."""

    def __init__(self, merging: PatchMerging) -> None:
        super().__init__()
        self.side = merging.side
        self.reduction = NormedLinear(merging.norm, merging.reduction)

    def forward(self, x: Tensor) -> Tensor:
        half = self.side // 2
        grid = x.unflatten(1, (half, 2, half, 2)).permute(0, 1, 3, 4, 2, 5)  # rows, columns, then column and row within
        out: Tensor = self.reduction(grid.flatten(3).flatten(1, 2))
        return out


class FoldedStage(nn.Module):
    """Blocks, and the merging that ends all but the last."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(FoldedBlock(cast("Block", block)) for block in stage.blocks)
        self.downsample = None if stage.downsample is None else FoldedMerging(stage.downsample)

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)
        return x if self.downsample is None else self.downsample(x)


class FoldedTransformer(nn.Module):
    """Clips [B, 3, frames, size, size] -> logits [B, num_classes], averaged over the steps."""

    def __init__(self, model: DTFTransformer) -> None:
        super().__init__()
        self.frames, self.size, self.steps = model.frames, model.size, model.steps
        self.patch_embed = copy.deepcopy(model.patch_embed).requires_grad_(False)
        self.layers = nn.ModuleList(FoldedStage(cast("Stage", stage)) for stage in model.layers)
        self.norm = copy.deepcopy(model.norm).requires_grad_(False)
        self.fc = copy.deepcopy(model.fc).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        check_clip(x, self.frames, self.size)
        tokens = self.patch_embed(x)
        for stage in self.layers:
            tokens = stage(tokens)
        logits: Tensor = self.fc(self.norm(tokens).mean(dim=1)).unflatten(0, (-1, self.steps)).mean(dim=1)
        return logits
