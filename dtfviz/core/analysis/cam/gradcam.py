"""Class activation maps of video models: (model, clip) -> a map over the steps and positions of a layer.

The forward pass keeps no graph up to the target layer and one from there on, so gradients equal those of the whole
graph at a fraction of its memory. Grad-CAM itself is a few lines; the other methods hand what was captured to the
grad-cam package, whose import costs seconds. Maps are kept raw: nothing is rescaled here.
"""

from difflib import get_close_matches
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dtfviz.core.analysis.clips import of_any_clip, remarks_on_clip
from dtfviz.core.analysis.reach.centres import cells_of, steps_of
from dtfviz.core.analysis.targets import Aim, label_of, score_of
from dtfviz.core.choices import BLANKS, METHODS
from dtfviz.core.errors import ModelError, OptionError, Try, Use
from dtfviz.core.media.clip import Clip
from dtfviz.core.models.answers import probabilities
from dtfviz.core.models.borrow.cut import Captured, cut_at
from dtfviz.core.models.borrow.steps import watch_sampling
from dtfviz.core.models.card import Card, Layer, card_of
from dtfviz.core.models.inputs import input_of
from dtfviz.core.ops import implementation_for
from dtfviz.core.results.cam import Cam, Mosaic
from dtfviz.core.results.predictions import Guess

OURS = ("gradcam", "random")
PACKAGED = {
    "gradcam++": "GradCAMPlusPlus",
    "hirescam": "HiResCAM",
    "xgradcam": "XGradCAM",
    "layercam": "LayerCAM",
    "elementwise": "GradCAMElementWise",
    "eigencam": "EigenCAM",
    "eigengradcam": "EigenGradCAM",
    "kpca": "KPCA_CAM",
    "fem": "FEM",
}
PRINCIPAL = ("eigencam", "eigengradcam", "kpca")  # known up to their sign, from a matrix of positions x positions
MOST_POSITIONS = 6000
UNFIT = {
    "scorecam": "it runs the model once a channel, thousands of times for a video",
    "ablationcam": "it runs the model once a channel, thousands of times for a video",
    "fullgrad": "it needs the biases of every 2-D layer, and a video model has none or other layers",
}
Mapped = TypeVar("Mapped", Cam, Mosaic)
FLAT = 1e-3  # relative spread over steps under which a map says nothing of time


@of_any_clip
def gradcam(
    model: nn.Module,
    clip: Clip,
    target: Aim = None,
    layer: str | None = None,
    method: str = "gradcam",
    *,
    per: str = "clip",
    seed: int = 0,
    blank: str = BLANKS[0],
) -> Cam:
    """The map of one target: a class index or name, two of them for their difference, the top class, or a function of
    the answer. A map with nothing positive is an error, unless `blank` is "keep".
    """
    if blank not in BLANKS:
        raise OptionError(f"blank maps cannot be treated as {blank!r}", fact=f"it is one of {', '.join(BLANKS)}")
    cam = explain(model, clip, target, layer, method, per=per, seed=seed)
    return cam if blank == "keep" else refuse_blank(cam)


def explain(
    model: nn.Module, clip: Clip, target: Aim, layer: str | None, method: str, *, per: str = "clip", seed: int = 0
) -> Cam:
    """`gradcam`, where a blank map is no error: one clip of many may hold nothing that speaks for the target."""
    card = card_of(model)
    where = find_layer(card, layer)
    check_method(method)
    with cut_at(model, where) as captured, watch_sampling(model, where.name) as fed:
        scored = score_of(card, target, model(input_of(model, clip))[0], clip.times)
        found = captured(scored.score, scored.logits)
    if not bool(torch.isfinite(found.gradient).all()):
        raise ModelError(
            f"the gradient at {where.name} is not finite", fact="the weights or the clip hold extreme values"
        )
    raw = map_of(found, method, per, seed)
    likely = probabilities(found.logits, card.answer)
    pair = [side for side in (scored.aim.plus, scored.aim.minus) if side is not None and scored.aim.minus is not None]
    return Cam(
        clip=clip,
        model=card.name,
        trust=card.trust,
        layer=where.name,
        method=method,
        per=per,
        target=scored.aim,
        score=float(scored.score.detach()),
        probability=float("nan") if scored.aim.plus is None else float(likely[scored.aim.plus]),
        raw=raw,
        implementation=implementation_for(found.activation.device),
        remarks=(*remarks_on(raw, found, where.name), *remarks_on_clip(clip, card)),
        classes_note=card.note,
        pair=tuple(Guess(index, label_of(card, index), float(likely[index])) for index in pair),
        sampled=steps_of(model, clip, fed, len(raw)),
        placed=cells_of(model, clip, where.name, raw.shape),
    )


# --- from what was captured to a map ----------------------------------------------------------------------------------
def map_of(found: Captured, method: str, per: str, seed: int) -> NDArray[np.float32]:
    """(T, rows, columns), of either sign."""
    if method == "gradcam":
        return grad_cam(found.activation, found.gradient, per)[0].cpu().numpy()
    if per == "step":
        raise OptionError(f"{method} has no weights per step", hint=Use("per", "clip"))
    if method == "random":
        weights = np.random.default_rng(seed).uniform(-1, 1, found.activation.shape[1])
        mixed = np.tensordot(weights, found.activation[0].cpu().numpy(), axes=1)
        return np.asarray(mixed, np.float32)
    return packaged_cam(found, method)


def grad_cam(activation: Tensor, gradient: Tensor, per: str = "clip") -> Tensor:
    """[B, C, T, H, W] twice -> [B, T, H, W]: channels weighed by their mean gradient over the clip, or over each
    step.
    """
    weights = gradient.mean(dim=(2, 3, 4) if per == "clip" else (3, 4), keepdim=True)
    return (weights * activation).sum(dim=1)


def packaged_cam(found: Captured, method: str) -> NDArray[np.float32]:
    """Through the grad-cam package's `get_cam_image`; its `__call__` would clip, rescale and zoom."""
    positions = found.activation[0, 0].numel()
    if method in PRINCIPAL and positions > MOST_POSITIONS:
        raise ModelError(
            f"{method} would need a matrix of {positions} x {positions} positions",
            fact=f"it is refused above {MOST_POSITIONS}",
            hint="choose a layer of a deeper stage",
        )
    import pytorch_grad_cam

    stand_in = nn.Linear(1, 1)  # the package wants a model to hook; what it would capture is here already
    packaged = getattr(pytorch_grad_cam, PACKAGED[method])(model=stand_in, target_layers=[])
    activation, gradient = found.activation.cpu().numpy(), found.gradient.cpu().numpy()
    raw = np.asarray(packaged.get_cam_image(None, None, None, activation, gradient, False)[0], np.float32)
    if method in PRINCIPAL and (raw * activation[0].mean(axis=0)).sum() < 0:
        raw = -raw  # the sign is free: positive where activations are high
    return raw


def remarks_on(raw: NDArray[np.float32], found: Captured, layer: str) -> tuple[str, ...]:
    """What is odd about a map, and why."""
    positive = np.maximum(raw, 0)
    if not positive.any():
        return (f"the map is blank: {reason_of_blank(found, layer)}",)
    highest = float(positive.max())
    if float(highest - positive.min()) / highest < FLAT:
        return ("the map is the same at every step and position",)
    if float(np.ptp(positive, axis=0).max()) / highest < FLAT:
        return ("the map is the same at every step: it says where the model looks, not when",)
    return ()


def reason_of_blank(found: Captured, layer: str) -> str:
    """Why nothing speaks for the target."""
    if not bool(found.gradient.any()):
        return f"the gradient at {layer} is zero everywhere"
    if not bool(found.activation.any()):
        return f"the activation of {layer} is zero everywhere"
    return f"every position of {layer} speaks against the target, or for nothing"


def refuse_blank(maps: Mapped) -> Mapped:
    """A map with nothing positive is an error: there would be nothing to see."""
    if maps.highest > 0:
        return maps
    message, _, reason = maps.remarks[0].partition(": ")
    raise ModelError(message, fact=reason, hint=Use("layer", "all"))


# --- what was asked for -----------------------------------------------------------------------------------------------
def find_layer(card: Card, name: str | None) -> Layer:
    """A layer by its name, or the card's."""
    name = name or card.default_layer
    names = [layer.name for layer in card.layers]
    if name not in names:
        close = get_close_matches(name, names, n=3, cutoff=0.4)
        meant = f"did you mean {', '.join(close)}?" if close else f"its layers are {', '.join(names)}"
        hint = Use("layer", close[0]) if close else Try(("dtfviz", "models", card.name))
        raise OptionError(f"{card.name} has no layer called {name!r}", fact=meant, hint=hint)
    return card.layer(name)


def check_method(method: str) -> None:
    """An error for a method that is not known, or does not work on video."""
    if method in UNFIT:
        raise OptionError(f"{method} does not work on video", fact=UNFIT[method], hint=Use("method", "gradcam"))
    if method not in METHODS:
        raise OptionError(
            f"no method is called {method!r}",
            fact=f"the methods are {', '.join(METHODS)}",
            hint=Use("method", "gradcam"),
        )
