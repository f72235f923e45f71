"""A clip as a video file: written whole or not at all, and over nothing but itself unless that is wanted."""

import filecmp
import os
from collections.abc import Sequence
from pathlib import Path

from dtfviz.core.errors import OptionError, OutputError, Use
from dtfviz.core.media.clip import Picture
from dtfviz.core.render.style.video import write_video
from dtfviz.core.store.scratch import scratch


def write_clip(pictures: Sequence[Picture], fps: float, out: Path, *, overwrite: bool = False) -> bool:
    """Whether anything had to be written: the same clip again leaves the file alone."""
    if out.suffix != ".mp4":
        raise OptionError(
            f"{out}: a clip is an mp4",
            fact=f"the name ends in {out.suffix or 'nothing'!r}",
            hint=Use("out", f"{out.stem}.mp4"),
        )
    try:
        target = out.resolve()  # where a link leads
        if not out.is_symlink():  # the disk that one leads to may not be mounted
            target.parent.mkdir(parents=True, exist_ok=True)
        with scratch(target.parent) as folder:
            partial = folder / target.name
            write_video(partial, ((number / fps, picture) for number, picture in enumerate(pictures)), fps)
            if out.exists() and not overwrite:
                if not out.is_file() or not filecmp.cmp(partial, out, shallow=False):
                    raise OutputError(f"{out}: exists and holds something else", hint=Use("overwrite"))
                return False
            os.replace(partial, target)
    except OSError as error:
        raise OutputError(
            f"{out}: cannot be written", fact=error.strerror or str(error), hint=Use("out", "another.mp4")
        ) from error
    return True
