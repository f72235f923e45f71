from videos import number_of, write_video

from dtfviz.core.jobs.setup import reader
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.media.video import open_video


def test_decoding_is_reported_frame_by_frame_and_done_once(tmp_path):
    heard = []
    video = open_video(write_video(tmp_path / "v.mp4", 20))
    read = reader(video, [(Sampling(4, start_frame=3), "full")], 48, lambda *said: heard.append(said))
    shown = [[number_of(picture) for picture in clip.frames] for _ in range(2) for clip in read()]
    assert shown == [[3, 4, 5, 6]] * 2
    assert heard == [("reading", done, 4) for done in (1, 2, 3, 4)]


def test_several_clips_are_read_without_a_bar_for_each(tmp_path):
    heard = []
    video = open_video(write_video(tmp_path / "v.mp4", 20))
    views = [(Sampling(4, start_frame=begin), "center") for begin in (0, 8)]
    assert [clip.indices[0] for clip in reader(video, views, 48, lambda *said: heard.append(said))()] == [0, 8]
    assert not heard
