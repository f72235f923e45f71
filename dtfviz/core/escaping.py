"""Text that came with a file is data: what would act on a terminal or on a line of text is written out instead."""

import re

# C0, delete and C1; marks, embeddings, overrides and isolates of direction; separators of lines and paragraphs;
# surrogates, which stand for bytes of a file's name that are no text
ACTIVE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def escape(text: str) -> str:
    """In one line and without effect: a newline is two characters, an escape four; everything else stays as it is."""
    return ACTIVE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def escape_lines(text: str) -> str:
    """The same for what is meant to have several lines."""
    return "\n".join(map(escape, text.split("\n")))
