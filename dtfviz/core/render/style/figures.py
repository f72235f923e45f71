"""The style of our pictures, and how they are saved. Figures are made without pyplot: it costs half a second and
keeps state.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, fontManager, get_font
from matplotlib.text import Text

from dtfviz.core.errors import OptionError, OutputError, Try, Use
from dtfviz.core.escaping import escape, escape_lines

FIGURES = (".png", ".svg", ".pdf")
NARROW = 5.0  # below, there is room for half as many frames, and panels stand above each other
VERMILION, BLUE, GREEN, PURPLE = "#D55E00", "#0072B2", "#009E73", "#CC79A7"  # told apart without telling red from green
ORANGE, SKY = "#E69F00", "#56B4E9"
PLAIN_NUMBER = "{x:.5g}"  # of ticks: a power of ten above an axis is not read
CAPTION_PITCH = 22  # characters of a caption an inch holds
OURS = "DejaVu Sans"  # comes with matplotlib
SQUARES = "Last Resort"
STYLE = {
    "font.family": [OURS],
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.edgecolor": "0.6",
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": "0.3",
    "ytick.color": "0.3",
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "text.parse_math": False,  # a dollar in a name is a dollar
    "svg.fonttype": "none",
    "svg.hashsalt": "dtfviz",  # the same figure has the same bytes: its names are no random ones,
    "pdf.fonttype": 42,
}
UNDATED = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}  # and when it was drawn is not in it


@contextmanager
def style() -> Iterator[None]:
    """Our style, for as long as the block lasts."""
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]
        yield


def check_figure(path: Path) -> None:
    """Before the work is done, not after: whether a figure can be saved under that name."""
    if path.suffix.lower() not in FIGURES:
        raise OptionError(
            f"{path}: no figure format is called {path.suffix or 'nothing'!r}",
            fact=f"figures are {', '.join(FIGURES)}",
            hint=Use("out", f"{path.stem}.png"),
        )


def save_figure(figure: Figure, path: Path, dpi: int = 200) -> None:
    """In the form that its name asks for."""
    check_figure(path)
    make_readable(figure)
    try:
        with style():
            figure.savefig(path, dpi=dpi, metadata=UNDATED.get(path.suffix.lower()))
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written", fact=error.strerror or str(error), hint=Try(("ls", "-ld", path.parent))
        ) from error


# --- names of any script ----------------------------------------------------------------------------------------------
def make_readable(figure: Figure) -> None:
    """Write out what is no text, and give what our font cannot write to another that can; what none can is a question
    mark, not a square.
    """
    shown = {text: escape_lines(text.get_text()) for text in texts_of(figure)}
    lost = {character for words in shown.values() for character in words if not is_written(character)}
    if not lost and all(text.get_text() == words for text, words in shown.items()):
        return
    families = [OURS, *font_for(frozenset(lost))]
    for axis in figure.findobj(Axis):  # which writes its labels anew whenever it is drawn
        labels = [label.get_text() for label in axis.get_majorticklabels()]
        if (now := [written(label, families) for label in labels]) != labels:
            axis.set_ticks(axis.get_majorticklocs(), now)
    for text in texts_of(figure):
        text.set_text(written(text.get_text(), families))
        text.set_fontfamily(families)


def texts_of(artist: Artist) -> Iterator[Text]:
    """All words inside; an axis that is switched off, as those of pictures are, would only make ticks to be asked."""
    if isinstance(artist, Axis) and not artist.axes.axison:
        return
    if isinstance(artist, Text):
        yield artist
    for child in artist.get_children():
        yield from texts_of(child)


def written(words: str, families: Sequence[str]) -> str:
    """Without what would act on a reader, and with question marks for what no family has."""
    shown = escape_lines(words)
    return "".join(one if any(is_written(one, family) for family in families) else "?" for one in shown)


@cache
def is_written(character: str, family: str = OURS) -> bool:
    """Whether a font has a sign for a character; what is not printed needs none."""
    return not character.isprintable() or get_font(findfont(family)).get_char_index(ord(character)) != 0


@cache
def font_for(characters: frozenset[str]) -> list[str]:
    """The family that has most of these, if any has; fonts that draw a square for whatever they lack do not count."""
    count, family = 0, ""
    for entry in fontManager.ttflist:
        if not Path(entry.fname).exists() or entry.name.startswith(SQUARES):
            continue
        font = get_font(entry.fname)
        found = sum(font.get_char_index(ord(character)) != 0 for character in characters)
        if found > count:
            count, family = found, entry.name
    return [family] if family else []


def word_of(trust: str) -> str:
    """What is written across pictures of a model that is not wholly trained; nothing across others."""
    return "" if trust == "trained" else trust.split(" (", maxsplit=1)[0]


def mark_trust(figure: Figure, trust: str) -> None:
    """The pale watermark of a model whose weights mean nothing: it goes with every picture."""
    if word := word_of(trust):
        figure.text(
            0.5, 0.5, word, rotation=20, ha="center", va="center", fontsize=40, color="0.55", alpha=0.4, zorder=10
        )


def shorten(label: str, room: int = 22) -> str:
    """As much of a name as there is room for."""
    label = escape(label)
    return label if len(label) <= room else f"{label[: room - 1]}…"


def wrap_parts(parts: Sequence[str], width: float) -> str:
    """The parts of a caption joined by dots, in as many lines as a figure of that many inches asks for."""
    room = round(width * CAPTION_PITCH)
    parts = [escape(part) for part in parts]
    lines = [parts[0]]
    for part in parts[1:]:
        joined = f"{lines[-1]} · {part}"
        if len(joined) <= room:
            lines[-1] = joined
        else:
            lines.append(part)
    return "\n".join(lines)
