from evaluations import answering
from terminal import printed

from dtfviz.core.media.motion import CLASSES
from dtfviz.core.render.evaluation.table import evaluation_table
from dtfviz.core.results.evaluation import Protocol


def test_an_evaluation_has_a_row_a_share_with_its_interval_and_says_what_it_is_of():
    found = answering(
        [1, 1, 1, 11], [2, 2, 1, 11], 14, classes=CLASSES, protocol=Protocol(10, order="reversed"), failed=(("a", "b"),)
    )
    lines = printed(evaluation_table(found, 80), 80).splitlines()
    rows = {line[:28].strip(): line[28:].split() for line in lines if line[28:].split()[-1:] in (["3"], ["4"])}
    assert rows["top-1"] == ["50.0", "15.0", "to", "85.0", "4"]  # Wilson's of 2 in 4
    assert rows["mean class accuracy"] == [
        "66.7",
        "20.8",
        "to",
        "93.9",
        "3",
    ]  # of 2 classes, 1.5 each in the harmonic mean
    assert rows["class of the reversed motion"] == ["66.7", "20.8", "to", "93.9", "3"]
    notes = " ".join(lines)
    for words in ("trained; mean over 10 x 1 views, frames in reversed order", "without 1 of 5 that could not be read"):
        assert words in notes
    assert max(map(len, lines)) <= 80
    assert "no top-5 of 5 classes" in " ".join(printed(evaluation_table(answering([0], [0], 5), 80), 80).splitlines())


def test_names_whose_order_is_not_known_are_said_to_be_so():
    found = answering([0], [0], 6, classes_note="order not verified for this file")
    assert "class names: order not verified for this file" in printed(evaluation_table(found, 80), 80).splitlines()
