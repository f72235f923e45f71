"""What the CPU path gains: frame-wise aggregation a few frames at a time against its definition, and folded frames
against Conv3d.

One thread, float32, one clip of 16 frames at 224 pixels, and the batch of 16 small clips that
dtf_net_motion trains on; ratios of the fastest rounds, interleaved.
"""

from collections.abc import Callable
from functools import partial

import torch
from timing import fastest
from torch import Tensor

from dtfviz.core.models.building import build_model
from dtfviz.core.models.dtf.resnet import FrameConv
from dtfviz.core.ops.frame_aggregation import definition, frame_aggregation

Operator = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def forward(operator: Operator, x: Tensor, weight: Tensor) -> None:
    with torch.no_grad():
        operator(x, weight)


def with_gradient(operator: Operator, x: Tensor, weight: Tensor) -> None:
    enhanced, correlation = operator(x.clone().requires_grad_(), weight)
    torch.autograd.backward(enhanced.sum() + correlation.sum())


def compare_aggregation(channels: int, side: int, steps: int = 4, batch: int = 1) -> str:
    x = torch.randn(batch, channels, steps, side, side).to(memory_format=torch.channels_last_3d)
    weight = torch.full((channels, steps, 3, 3), 1 / channels)
    ratios = []
    for measure in (forward, with_gradient):
        plain, ours = fastest(
            [partial(measure, definition, x, weight), partial(measure, frame_aggregation, x, weight)], rounds=20
        )
        ratios.append(plain / ours)
    shape = f"{batch:2} x {channels:3} x {steps:2} x {side:2}"
    return f"frame-wise aggregation {shape}: {ratios[0]:5.2f} times forward, {ratios[1]:5.2f} times with gradient"


@torch.no_grad()
def compare_convolutions() -> str:
    model, clip, folded = build_model("dtf_net_r50"), torch.randn(1, 3, 16, 224, 224), FrameConv.forward

    def run_with(convolve: Callable[[FrameConv, Tensor], Tensor]) -> None:
        FrameConv.forward = convolve  # type: ignore[method-assign, assignment]  # for one run
        model(clip)

    as_conv3d, as_folded = fastest([partial(run_with, torch.nn.Conv3d.forward), partial(run_with, folded)], rounds=5)
    return f"dtf_net_r50 forward: {as_folded:.2f} s, {as_conv3d / as_folded:.2f} times as fast as with Conv3d"


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for shape in ((64, 56), (128, 28), (256, 14), (512, 7), (16, 16, 16, 16), (48, 8, 16, 16)):
        print(compare_aggregation(*shape))
    print(compare_convolutions())
