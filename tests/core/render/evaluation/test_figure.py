import numpy as np
import pytest
from evaluations import answering
from matplotlib.text import Text
from pictures import WATERMARK, assert_legible

from dtfviz.core.media.motion import CLASSES
from dtfviz.core.render.evaluation.figure import coarse, confusion_figure, row_shares
from dtfviz.core.render.save import save

LONG = tuple(f"a class with quite a long name {number}" for number in range(30))


def seen(count, classes=None, **more):
    """Four clips a class, one of them taken for the class after the next."""
    labels = np.repeat(np.arange(count), 4)
    answers = np.where(np.arange(len(labels)) % 4 == 0, (labels + 2) % count, labels)
    return answering(labels, answers, count, classes=classes, **more)


def labels_of(figure):
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_rows_are_shares_of_the_true_class_and_empty_ones_are_none():
    shares = row_shares(np.array([[3, 1, 0], [0, 0, 0], [0, 2, 2]]))
    np.testing.assert_array_equal(shares, [[0.75, 0.25, 0], [np.nan] * 3, [0, 0.5, 0.5]])
    figure = confusion_figure(answering([0, 0, 2], [0, 1, 2], 3))
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array().mask[:, 0], [False, True, False])
    assert "grey: no clips of that class" in figure.get_supxlabel()


def test_blocks_of_classes_show_the_largest_share_in_them():
    shares = np.zeros((5, 5))
    shares[0, 3], shares[1, 2], shares[4, 4] = 0.2, 0.5, 0.9
    np.testing.assert_array_equal(coarse(shares, 2), [[0, 0.5, 0], [0, 0, 0], [0, 0, 0.9]])
    np.testing.assert_array_equal(coarse(shares, 1), shares)


@pytest.mark.parametrize("width", [3.3, 7.0])
@pytest.mark.parametrize(
    "found",
    [
        seen(2, ("clap", "wave")),
        seen(14, CLASSES, model="dtf_net_motion", trust="UNTRAINED", data="generated motion, difficulty 0.4"),
        seen(30, LONG, data="some/folder/" * 20 + "list.txt", failed=(("a", "b"),)),
        seen(400, data="val.txt"),
        seen(700),
    ],
    ids=lambda found: str(found.num_classes),
)
def test_no_text_overlaps_or_leaves_the_picture(found, width):
    assert_legible(confusion_figure(found, width=width))
    assert_legible(confusion_figure(found, width=width, has_caption=False))


def test_classes_are_named_where_there_is_room_for_every_name():
    assert labels_of(confusion_figure(seen(14, CLASSES), width=3.3)) == list(CLASSES)
    assert labels_of(confusion_figure(seen(30, LONG), width=7.0))[0] == "a class with …"
    assert all(label.strip("−").isdecimal() for label in labels_of(confusion_figure(seen(30, LONG), width=3.3)))


def test_the_caption_says_what_was_shown_and_the_watermark_that_it_means_nothing():
    figure = confusion_figure(seen(14, CLASSES, trust="UNTRAINED", failed=(("a", "b"),)), width=7.0)
    assert figure.get_supxlabel() == "any, UNTRAINED · by hand · one view, frames in normal order · 1 could not be read"
    figure = confusion_figure(seen(14, CLASSES, trust="UNTRAINED"), has_caption=False)
    assert figure.get_supxlabel() == ""
    assert [text.get_text() for text in figure.findobj(Text) if text.get_size() == WATERMARK] == ["UNTRAINED"]


def test_every_class_of_kinetics_has_a_cell_and_more_share_them():
    assert confusion_figure(seen(400)).axes[0].images[0].get_array().shape == (400, 400)
    figure = confusion_figure(seen(700))
    assert figure.axes[0].images[0].get_array().shape == (350, 350)
    assert figure.axes[0].get_xlim() == (-0.5, 699.5)
    assert "a cell is the largest of 2 x 2 classes" in figure.get_supxlabel()


def test_an_evaluation_is_saved_by_its_suffix(tmp_path):
    assert save(seen(3), tmp_path / "confusion.pdf").read_bytes()[:4] == b"%PDF"
