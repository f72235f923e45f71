import sys
import unicodedata

import pytest

from dtfviz.core.errors import DtfvizError, Try
from dtfviz.core.escaping import escape, escape_lines

PLAIN = "[red] $\\foo{$ café 步行 مشي \U0001f469\u200d\U0001f52c"
TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}  # of the direction of text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b2J", r"\x9b2J"),
        ("one\ntwo\r\tthree\0", r"one\ntwo\r\tthree\x00"),
        ("gpj.\u202egnp", r"gpj.\u202egnp"),
        ("a\u2028b\u2066c", r"a\u2028b\u2066c"),
        ("\udcff.mp4", r"\udcff.mp4"),
        (PLAIN, PLAIN),
    ],
)
def test_what_would_act_is_written_out_and_the_rest_stays(text, shown):
    assert escape(text) == shown
    assert escape(shown) == shown


def test_of_all_characters_no_control_no_separator_and_no_turn_is_left():
    left = escape("".join(map(chr, range(sys.maxunicode + 1))))
    assert not {unicodedata.category(one) for one in left} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(one) for one in left} & TURNS


def test_lines_of_ours_stay_lines():
    assert escape_lines("one\ntwo\x1b") == "one\ntwo\\x1b"


def test_an_error_is_said_in_one_line_whatever_it_names():
    error = DtfvizError("a\nb: no such file", fact="\x1b[2J", hint=Try(("ls", "c\x07")))
    assert str(error) == r"a\nb: no such file; \x1b[2J; try: ls 'c\x07'"
    assert error.message == "a\nb: no such file"
