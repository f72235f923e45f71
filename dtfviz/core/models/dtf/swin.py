"""DTF-Transformer: a Swin Transformer over tubelets, with a temporal operator in every block that does not shift its
windows.

A clip is cut into tubelets of `early_stride` frames; each becomes a grid of tokens [B*T, L, C], clip-major. Parts that
the released code builds but never runs (a convolution in every block, the temporal operator of shifted blocks) are not
built.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn, unflatten
from torch.nn import functional

from dtfviz.core.choices import RELEASED
from dtfviz.core.errors import ModelError, Use
from dtfviz.core.models.card import Layer
from dtfviz.core.models.dtf.block import DTFBlock
from dtfviz.core.models.dtf.resnet import check_clip, count_steps
from dtfviz.core.models.dtf.temporal import temporal_operator


def partition(x: Tensor, window: int) -> Tensor:
    """[N, H, W, C] -> [N, windows, window*window, C]."""
    grid = unflatten(unflatten(x, 2, (-1, window)), 1, (-1, window))
    return grid.transpose(2, 3).flatten(3, 4).flatten(1, 2)


def unpartition(windows: Tensor, window: int, side: int) -> Tensor:
    """[N, windows, window*window, C] -> [N, side, side, C]."""
    across = side // window
    grid = unflatten(unflatten(windows, 2, (window, window)), 1, (across, across))
    return grid.transpose(2, 3).flatten(3, 4).flatten(1, 2)


def shifted_mask(side: int, window: int, shift: int) -> Tensor:
    """[windows, window^2, window^2]: -100 between tokens that the cyclic shift brought together from different
    places.
    """
    regions = torch.zeros(1, side, side, 1)
    cuts = (slice(0, -window), slice(-window, -shift), slice(-shift, None))
    for number, (rows, cols) in enumerate((rows, cols) for rows in cuts for cols in cuts):
        regions[:, rows, cols] = number
    flat = partition(regions, window)[0, :, :, 0]
    return (flat[:, None] != flat[:, :, None]) * -100.0


def relative_positions(window: int) -> Tensor:
    """[window^2, window^2]: the row of the bias table for every pair of tokens."""
    row, col = torch.arange(window).repeat_interleave(window), torch.arange(window).repeat(window)
    return (row[:, None] - row + window - 1) * (2 * window - 1) + col[:, None] - col + window - 1


class WindowAttention(nn.Module):
    """Attention among the tokens of a window, with a bias by their relative position."""

    def __init__(self, dim: int, window: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)
        self.relative_position_index: Tensor
        self.register_buffer("relative_position_index", relative_positions(window))
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:  # [N, windows, tokens, C]
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(3, 0, 1, 4, 2, 5)
        bias = self.relative_position_bias_table[self.relative_position_index].permute(
            2, 0, 1
        )  # [heads, tokens, tokens]
        if mask is not None:
            bias = bias + mask.unsqueeze(1)
        out = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias.to(q.dtype))
        projected: Tensor = self.proj(out.transpose(2, 3).flatten(3))
        return projected


class MLP(nn.Module):
    """Two linear layers."""

    def __init__(self, dim: int, ratio: int = 4) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, ratio * dim)
        self.fc2 = nn.Linear(ratio * dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.fc2(functional.gelu(self.fc1(x)))
        return out


class DropPath(nn.Module):
    """Leaves a branch out for some tubelets while training."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.clip_noise = rate

    def forward(self, x: Tensor) -> Tensor:
        if self.clip_noise == 0 or not self.training:
            return x
        kept = torch.rand(len(x), *[1] * (x.dim() - 1), device=x.device, dtype=x.dtype) >= self.clip_noise
        return x * kept / (1 - self.clip_noise)


class Block(nn.Module):
    """Attention, temporal operator (None in shifted blocks), MLP."""

    def __init__(
        self,
        dim: int,
        side: int,
        steps: int,
        heads: int,
        window: int,
        shift: int,
        drop: float,
        temporal: nn.Module | None,
    ) -> None:
        super().__init__()
        self.side, self.steps, self.window, self.shift = side, steps, window, shift
        self.attn_mask: Tensor | None
        self.register_buffer("attn_mask", shifted_mask(side, window, shift) if shift else None)
        self.norm1 = nn.LayerNorm(dim)
        self.attn = WindowAttention(dim, window, heads)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = MLP(dim)
        self.dtf_block = temporal
        self.drop_path = DropPath(drop)

    def attend(self, x: Tensor) -> Tensor:
        grid = torch.roll(unflatten(x, 1, (self.side, self.side)), (-self.shift, -self.shift), dims=(1, 2))
        windows = self.attn(partition(grid, self.window), self.attn_mask)
        return torch.roll(unpartition(windows, self.window, self.side), (self.shift, self.shift), dims=(1, 2)).flatten(
            1, 2
        )

    def filter_steps(self, x: Tensor) -> Tensor:
        """Tokens [B*T, L, C] through the temporal operator, which takes [B, C, T, H, W]."""
        if self.dtf_block is None:
            return x
        clip = unflatten(unflatten(x, 1, (self.side, self.side)), 0, (-1, self.steps)).permute(0, 4, 1, 2, 3)
        out: Tensor = self.dtf_block(clip)
        return out.permute(0, 2, 3, 4, 1).flatten(0, 1).flatten(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.drop_path(self.attend(self.norm1(x)))
        x = self.filter_steps(x)
        out: Tensor = x + self.drop_path(self.mlp(self.norm2(x)))
        return out


class PatchMerging(nn.Module):
    """Four neighbours become one token of twice the channels."""

    def __init__(self, dim: int, side: int) -> None:
        super().__init__()
        self.side = side
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)
        self.norm = nn.LayerNorm(4 * dim)

    def forward(self, x: Tensor) -> Tensor:
        grid = unflatten(x, 1, (self.side, self.side))
        quarters = [grid[:, row::2, col::2] for row, col in ((0, 0), (1, 0), (0, 1), (1, 1))]
        out: Tensor = self.reduction(self.norm(torch.cat(quarters, dim=-1).flatten(1, 2)))
        return out


class Stage(nn.Module):
    """Blocks, and the merging that ends all but the last."""

    def __init__(self, blocks: Sequence[Block], downsample: PatchMerging | None) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)
        return x if self.downsample is None else self.downsample(x)


class PatchEmbed(nn.Module):
    """Tubelets as tokens."""

    def __init__(self, dim: int, patch: int, early_stride: int) -> None:
        super().__init__()
        self.proj = nn.Conv3d(3, dim, (early_stride, patch, patch), stride=(early_stride, patch, patch))

    def forward(self, x: Tensor) -> Tensor:  # [B, 3, F, S, S] -> [B*T, L, C]
        out: Tensor = self.proj(x)
        return out.transpose(1, 2).flatten(0, 1).flatten(2).transpose(1, 2)


def stage_sides(size: int, patch: int, window: int, stages: int) -> list[int]:
    """Tokens along a side in every stage; an error where windows or merging do not divide them."""
    sides = [size / patch / 2**stage for stage in range(stages)]
    if any(side != int(side) or (side > window and side % window) for side in sides):
        unit = patch * 2 ** (stages - 1) * window
        raise ModelError(
            f"clips of {size} x {size} pixels cannot be cut into windows of {window} x {window} tokens in every stage",
            fact=f"the stages would be {', '.join(f'{side:g}' for side in sides)} tokens wide; multiples of {unit} "
            "pixels work",
            hint=Use("size", max(1, round(size / unit)) * unit),
        )
    return [int(side) for side in sides]


class DTFTransformer(nn.Module):
    """Clips [B, 3, frames, size, size] -> logits [B, num_classes], averaged over the steps."""

    def __init__(
        self,
        *,
        frames: int = 16,
        size: int = 224,
        num_classes: int = 400,
        embed: int = 96,
        depths: Sequence[int] = (2, 2, 18, 2),
        heads: Sequence[int] = (3, 6, 12, 24),
        window: int = 7,
        patch: int = 4,
        early_stride: int = 4,
        drop_path: float = 0.3,
        dropout: float = 0.0,
        temporal: str = "dtf",
        filter_layout: str = RELEASED,
        factor_g: int = 16,
        alpha_init: float = 0.0,
    ) -> None:
        super().__init__()
        self.frames, self.size, self.steps = frames, size, count_steps(frames, early_stride)
        self.temporal, self.filter_layout, self.factor_g = temporal, filter_layout, factor_g
        sides = stage_sides(size, patch, window, len(depths))
        rates = iter([drop_path * block / (sum(depths) - 1) for block in range(sum(depths))])
        self.patch_embed = PatchEmbed(embed, patch, early_stride)
        stages = []
        for index, (depth, side, head) in enumerate(zip(depths, sides, heads, strict=True)):
            dim, fits = embed * 2**index, side <= window
            blocks = []
            for number in range(depth):
                shift = 0 if fits or number % 2 == 0 else window // 2
                kind = "none" if shift else temporal
                operator = temporal_operator(
                    kind, dim, self.steps, filter_layout=filter_layout, factor_g=factor_g, alpha_init=alpha_init
                )
                slot = None if kind == "none" else operator
                blocks.append(Block(dim, side, self.steps, head, min(window, side), shift, next(rates), slot))
            last = index == len(depths) - 1
            stages.append(Stage(blocks, None if last else PatchMerging(dim, side)))
        self.layers = nn.ModuleList(stages)
        self.norm = nn.LayerNorm(dim)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(dim, num_classes)
        nn.init.trunc_normal_(self.fc.weight, std=0.02)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x: Tensor) -> Tensor:
        check_clip(x, self.frames, self.size)
        tokens = self.patch_embed(x)
        for stage in self.layers:
            tokens = stage(tokens)
        logits: Tensor = self.fc(self.dropout(self.norm(tokens).mean(dim=1)))
        return unflatten(logits, 0, (-1, self.steps)).mean(dim=1)

    def dead_parameters(self) -> dict[str, tuple[int, ...]]:
        """What the released code builds but never uses, and we do not: a convolution in every block, and in shifted
        ones a DTF block.
        """
        dead: dict[str, tuple[int, ...]] = {}
        if self.temporal != "dtf":
            return dead
        for stage, parts in enumerate(self.layers):
            for number, block in enumerate(parts.blocks):  # type: ignore[arg-type]  # a ModuleList
                name, dim = f"layers.{stage}.blocks.{number}", block.norm1.normalized_shape[0]
                dead[f"{name}.conv.weight"] = (dim, dim, 1, 3)
                if block.dtf_block is None:
                    with torch.device("meta"):
                        unused = DTFBlock(dim, self.steps, factor_g=self.factor_g)
                    dead |= {
                        f"{name}.dtf_block.{key}": tuple(value.shape) for key, value in unused.state_dict().items()
                    }
        return dead

    def describe_layers(self) -> tuple[Layer, ...]:
        """Every stage (after its merging) and every block."""
        found = []
        for index, stage in enumerate(self.layers):
            inside = []
            for number, block in enumerate(stage.blocks):  # type: ignore[arg-type]  # a ModuleList
                name = f"layers.{index}.blocks.{number}"
                inside.append(
                    Layer(name, "(BT)(HW)C", self.steps, None if block.dtf_block is None else f"{name}.dtf_block")
                )
            operators = [layer.temporal for layer in inside if layer.temporal]
            found.append(Layer(f"layers.{index}", "(BT)(HW)C", self.steps, operators[-1] if operators else None))
            found += inside
        return tuple(found)
