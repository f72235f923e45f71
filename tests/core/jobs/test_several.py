from pathlib import Path

import pytest

from dtfviz.core.errors import InputError, ModelError, OutputError
from dtfviz.core.jobs.request import Request
from dtfviz.core.jobs.several import over_videos
from dtfviz.core.learning.datasets import FoundVideo
from dtfviz.core.store.runs import Place

VIDEOS = [FoundVideo(Path(name), name, "") for name in ("a.mp4", "b.mp4", "c.mp4")]


def analyse(clip, video):
    if video.name in clip:
        raise ModelError("the map is blank", fact="the gradient is zero")
    return {"video": video.name}


def test_one_video_that_cannot_be_analysed_costs_its_row(tmp_path):
    said = []
    place = Place(tmp_path / "run", "0" * 64, False)
    rows, skipped = over_videos(VIDEOS, lambda video: ["b.mp4"], analyse, place, Request(say=said.append))
    assert [row["video"] for row in rows] == ["a.mp4", "c.mp4"]
    assert skipped == (("b.mp4", "the map is blank; the gradient is zero"),)
    assert said == ["skipped: the map is blank; the gradient is zero"]


def test_where_no_video_can_be_analysed_there_is_no_run(tmp_path):
    place, all_of_them = Place(tmp_path / "run", "0" * 64, False), [video.name for video in VIDEOS]
    with pytest.raises(InputError, match="none of the 3 videos can be analysed"):
        over_videos(VIDEOS, lambda video: all_of_them, analyse, place, Request())


def test_what_is_no_videos_fault_ends_the_run(tmp_path):
    (tmp_path / "file").write_text("no folder")
    place = Place(tmp_path / "file" / "run", "0" * 64, False)
    with pytest.raises(OutputError, match="cannot be written"):
        over_videos(VIDEOS, lambda video: [], analyse, place, Request())
