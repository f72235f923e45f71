"""What every picture of maps says and shows of them: what is explained, in which unit, and what was seen."""

from dtfviz.core.media.clip import Box
from dtfviz.core.media.crop import merged
from dtfviz.core.render.style.figures import shorten
from dtfviz.core.results.cam import Cam, Mosaic

IN_LOGITS = ("gradcam", "hirescam", "layercam", "elementwise")  # gradients times activations, and nothing else


def unit_of(cam: Cam) -> str:
    """Of the map's values: that of the explained score, where a method keeps it."""
    return "logits" if cam.method in IN_LOGITS else "no unit"


def headline(found: Cam | Mosaic, digits: int = 2, room: int = 60) -> str:
    """A class with its probability; of a difference what is explained, in logits, and how probable either class is; of
    a function its value.
    """
    target = (found.one if isinstance(found, Mosaic) else found).target
    if target.plus is None:
        return f"{shorten(target.label, room)}: {found.score:.{digits}f}"
    if target.minus is None:
        return f"{shorten(target.label, room)}: {found.probability:.{digits}f}"
    score = f"{shorten(target.label, room)}: {found.score:+.{digits}f} logits"
    sides = " and ".join(f"{guess.probability:.{digits}f}" for guess in found.pair)
    return f"{score} ({sides})" if sides else score  # results of earlier versions hold one of the two alone


def boxes_of(mosaic: Mosaic) -> list[Box]:
    """The parts of the frame that were seen: crops that overlap as one, and none of a frame seen whole."""
    video = mosaic.one.clip.video
    found = merged(tile.clip.box for tile in mosaic.tiles)
    return [box for box in found if (box.width, box.height) != (video.width, video.height)]
