import pytest

from dtfviz.core.media.stamps import Packet, growing, keyframes, order


def packets(*lines):
    """(shown, decoded), a keyframe wherever both are alike."""
    return [Packet(shown, decoded, shown == decoded) for shown, decoded in lines]


def test_stamps_that_grow_stay_as_they_are_to_the_last_bit():
    stamps = [7, 8, 100, 10**12 + 3, 10**12 + 4]
    assert growing(stamps, 1).tolist() == [stamp - 7 for stamp in stamps]
    assert growing([5], 1).tolist() == [0]


@pytest.mark.parametrize(
    ("stamps", "ticks"),
    [
        ([0, 0, 40, 40, 80, 80], [0, 20, 40, 60, 80, 100]),
        ([0, 40, 40, 40, 100], [0, 40, 60, 80, 100]),
        ([0, 0, 0, 0], [0, 10, 20, 30]),  # the usual ten
        ([0, 40, 80, 0, 40, 80], [0, 40, 80, 120, 160, 200]),
        ([5, 45, 20, 60], [0, 40, 80, 120]),
    ],
)
def test_stamps_that_are_alike_or_begin_again_are_made_to_grow(stamps, ticks):
    assert growing(stamps, 10).tolist() == ticks


def test_frames_are_shown_by_their_stamps_and_file_by_file():
    once = packets((0, 0), (80, 10), (40, 20))
    assert [packet.shown for packet in order(once)] == [0, 40, 80]
    assert [packet.shown for packet in order([*once, *once])] == [0, 40, 80, 0, 40, 80]
    # frames that are decoded out of turn, or whose time of decoding nobody knows, begin nothing
    assert [packet.shown for packet in order(packets((0, 0), (80, 30), (40, 20)))] == [0, 40, 80]
    assert [packet.shown for packet in order(packets((40, None), (0, 0), (80, None)))] == [0, 40, 80]


def test_keyframes_are_sought_only_where_their_stamp_is_theirs_alone():
    assert keyframes(packets((0, 0), (40, 1), (80, 80))) == (0, 2)
    assert keyframes(packets((0, 0), (40, 1), (40, 40), (80, 80))) == (0, 3)
    assert keyframes(packets((0, 0), (80, 80), (0, 0))) == ()
