"""Numbers that are none, in every option and argument that reads one from a longer word."""

import pytest

HUGE = "9" * 5000


@pytest.mark.parametrize("number", ["²", HUGE])
@pytest.mark.parametrize(
    "words",
    [
        ("predict", "--start", "{}"),
        ("predict", "--clip", "{}/3"),
        ("predict", "--clip", "1/{}"),
        ("gradcam", "--target", "{}"),
        ("filters", "--pos", "{},2"),
        ("filters", "--pos", "{}%,2%"),
        ("filters", "--cell", "2,{}"),
        ("flops", "--model", "dtf_net_r50", "--views", "{}x3"),
        ("frame-importance", "--cells", "2x{}x2"),
    ],
)
def test_what_is_no_number_is_a_wrong_option(inside, words, number):
    assert inside(*(word.format(number) for word in words)).returncode == 2
