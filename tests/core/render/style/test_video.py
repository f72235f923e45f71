import numpy as np
import pytest

from dtfviz.core.render.style.video import GREY, SHARE, stamp, watermark


@pytest.mark.parametrize("trust", ["UNTRAINED", "PARTLY UNTRAINED (3 tensors)"])
@pytest.mark.parametrize("size", [(480, 360), (1280, 720), (480, 854)])
def test_footage_of_what_was_not_trained_carries_the_word_from_side_to_side(trust, size):
    mark = watermark(size, trust)
    assert mark.shape == (size[1], size[0], 1)
    covered = np.flatnonzero(mark[..., 0].max(0) > SHARE / 2)
    assert np.ptp(covered) > size[0] / 2
    for bound in (0, -1):
        assert not mark[:, bound].any()  # no letter is cut
    black = stamp(np.zeros((size[1], size[0], 3), np.uint8), mark)
    assert black.max() == int(GREY * mark.max())
    plain = np.full((size[1], size[0], 3), GREY, np.uint8)
    assert np.array_equal(stamp(plain, mark), plain)


def test_footage_of_a_trained_model_is_left_as_it_is():
    picture = np.zeros((48, 64, 3), np.uint8)
    assert stamp(picture, watermark((64, 48), "trained")) is picture
