import random
import struct
import zlib

import av
import cv2
import numpy as np
import pytest
from videos import number_of, picture, turn, write_audio, write_video

from dtfviz.core.errors import VideoError
from dtfviz.core.media.video import decode, open_video

FORMATS = {
    "h264.mp4": {"codec": "libx264"},
    "b frames.mkv": {"codec": "libx264", "options": {"bf": "3", "g": "10"}},
    "mpeg4.avi": {"codec": "mpeg4"},
    "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"cpu-used": "8", "deadline": "realtime"}},
    "odd.mkv": {"codec": "libx264", "pix_fmt": "yuv444p", "size": (65, 47)},
    "animated.gif": {"codec": "gif", "pix_fmt": "rgb8", "fps": 10},
}
AV1 = next((codec for codec in ("libaom-av1", "libsvtav1") if codec in av.codecs_available), None)
if AV1:
    FORMATS["av1.mp4"] = {"codec": AV1, "options": {"cpu-used": "8"} if AV1 == "libaom-av1" else {"preset": "12"}}


def numbers(video, wanted):
    return {number: number_of(shown) for number, shown in decode(video, wanted)}


@pytest.mark.filterwarnings("ignore:deprecated pixel format")
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_frames_asked_for(tmp_path, name):
    video = open_video(write_video(tmp_path / name, 40, **FORMATS[name]))
    assert len(video) == 40
    assert (video.width, video.height) == FORMATS[name].get("size", (64, 48))
    assert video.fps == pytest.approx(FORMATS[name].get("fps", 25), rel=0.01)
    assert video.times[10] == pytest.approx(10 / video.fps, abs=2e-3)
    for wanted in ([0, 1, 2], [39], [5, 17, 30, 31], [30, 3, 3]):
        assert numbers(video, wanted) == {number: number for number in wanted}


def test_variable_frame_rates_keep_their_times(tmp_path):
    ticks = [0, 40, 80, 500, 540, 1500, 1510, 1600]
    video = open_video(write_video(tmp_path / "vfr.mkv", 8, ticks=ticks))
    assert video.times == pytest.approx([tick / 1000 for tick in ticks], abs=1e-6)
    assert numbers(video, range(8)) == {n: n for n in range(8)}


@pytest.mark.parametrize(("degrees", "side_by_side"), [(90, False), (180, True), (270, False)])
def test_rotation_is_applied_once_and_reported(tmp_path, degrees, side_by_side):
    video = open_video(turn(write_video(tmp_path / "phone.mp4", 4), degrees))
    assert (video.width, video.height) == ((64, 48) if side_by_side else (48, 64))
    shown = dict(decode(video, [2]))[2]
    assert shown.shape == (video.height, video.width, 3)
    # the matrix turns the stored picture clockwise by `degrees`
    assert number_of(np.rot90(shown, degrees // 90)) == 2
    assert video.rotation == (360 - degrees) % 360


def test_decoding_starts_at_a_keyframe_and_stops_after_the_last_frame(tmp_path, monkeypatch):
    video = open_video(write_video(tmp_path / "long.mp4", 200, options={"g": "20", "bf": "2"}))
    assert len(video.keyframes) >= 10
    shown = []
    real = av.container.InputContainer.decode

    def counting(self, *streams):
        for frame in real(self, *streams):
            shown.append(frame.pts)
            yield frame

    class Spy:
        def __init__(self, container):
            self.container = container

        def __getattr__(self, name):
            return getattr(self.container, name)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.container.close()

        def decode(self, *streams):
            return counting(self.container, *streams)

    real_open = av.open
    monkeypatch.setattr(av, "open", lambda *arguments: Spy(real_open(*arguments)))
    assert numbers(video, [150, 152]) == {150: 150, 152: 152}
    assert len(shown) < 40


def test_one_frame_is_a_video(tmp_path):
    video = open_video(write_video(tmp_path / "one.mp4", 1))
    assert (len(video), numbers(video, [0])) == (1, {0: 0})


def test_a_folder_of_numbered_images_is_a_video(tmp_path):
    for number in range(12):
        cv2.imwrite(str(tmp_path / f"frame{number}.png"), picture(number))
    (tmp_path / "notes.txt").write_text("not a frame")
    video = open_video(tmp_path)
    assert (len(video), video.width, video.height) == (12, 64, 48)
    assert numbers(video, [2, 10, 11]) == {2: 2, 10: 10, 11: 11}
    cv2.imwrite(str(tmp_path / "frame5.png"), picture(5, 32, 32))
    with pytest.raises(VideoError, match="32 x 32 pixels, the first image of the folder 64 x 48"):
        numbers(open_video(tmp_path), [5])


@pytest.mark.parametrize("damage", ["empty", "text", "gone"])
def test_an_image_of_a_folder_that_is_none_is_said_to_be_none(tmp_path, damage):
    for number in (1, 2):
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture(number))
    video = open_video(tmp_path)
    (tmp_path / "2.png").unlink()
    if damage != "gone":
        (tmp_path / "2.png").write_text("" if damage == "empty" else "no image")
    with pytest.raises(VideoError, match=r"2.png: cannot be (read as an image|opened)"):
        list(decode(video, [0, 1]))


def test_links_to_nothing_and_folders_among_images_are_named(tmp_path):
    cv2.imwrite(str(tmp_path / "1.png"), picture(1))
    (tmp_path / "2.png").symlink_to("nowhere.png")
    with pytest.raises(VideoError, match=r"2.png: cannot be opened; No such file"):
        open_video(tmp_path)
    (tmp_path / "2.png").unlink()
    (tmp_path / "2.png").mkdir()
    with pytest.raises(VideoError, match=r"2.png: is a folder; a frame is a regular file"):
        open_video(tmp_path)


def test_an_image_that_cannot_be_read_to_its_end_is_named(tmp_path, monkeypatch):
    cv2.imwrite(str(tmp_path / "1.png"), picture(1))

    def fail(path):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(type(tmp_path), "read_bytes", fail)
    with pytest.raises(VideoError, match=r"1.png: cannot be read as an image; Input/output error"):
        open_video(tmp_path)


def test_digits_that_are_no_numbers_are_letters_in_names(tmp_path):
    for name in ("x².png", "x10.png", "x9.png"):
        cv2.imwrite(str(tmp_path / name), picture(1))
    assert [image.name for image in open_video(tmp_path).images] == ["x9.png", "x10.png", "x².png"]


def test_names_of_any_kind(tmp_path):
    (tmp_path / "<").mkdir()  # a path may well spell </script>
    for name in ("ein schöner Film – 例.mp4", "</script><b>.mp4", "-o.mp4"):
        assert len(open_video(write_video(tmp_path / name, 3))) == 3


def no_frames(path):
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.start_encoding()


BAD = {
    "random bytes": lambda path: path.write_bytes(random.Random(0).randbytes(5000)),
    "a renamed text": lambda path: path.write_text("this is no video\n" * 50),
    "nothing": lambda path: path.write_bytes(b""),
    "a missing file": lambda path: None,
    "an empty folder": lambda path: path.mkdir(),
    "audio only": write_audio,
    "no frames": no_frames,
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_video_is_said_to_be_none(tmp_path, what):
    path = tmp_path / "bad.mp4"
    BAD[what](path)
    with pytest.raises(VideoError) as caught:
        open_video(path)
    assert caught.value.exit_code == 3
    assert str(path) in caught.value.message
    assert caught.value.fact
    assert caught.value.hint


@pytest.mark.parametrize("options", [{}, {"movflags": "faststart"}])
@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_a_truncated_file_is_an_error_or_gives_only_true_frames(tmp_path, suffix, options):
    codec = {"mp4": "libx264", "webm": "libvpx-vp9"}[suffix]
    if suffix == "mp4" and options:
        with av.open(str(tmp_path / "whole.mp4"), "w", options=options) as container:
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            for number in range(40):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(number), format="rgb24")))
            container.mux(stream.encode())
        whole = tmp_path / "whole.mp4"
    else:
        whole = write_video(tmp_path / f"whole.{suffix}", codec=codec)
    data, refused = whole.read_bytes(), 0
    short = tmp_path / f"short.{suffix}"
    for part in range(20):
        short.write_bytes(data[: len(data) * part // 20])
        try:
            video = open_video(short)
            assert all(number == seen for number, seen in numbers(video, range(len(video))).items())
        except VideoError:
            refused += 1
    assert refused == 20 if suffix == "mp4" else refused >= 1


# --- stamps that tell no frame from another ---------------------------------------------------------------------------
@pytest.mark.parametrize("bf", ["0", "3"])
def test_two_frames_at_one_stamp_are_two_frames(tmp_path, bf):
    """One keyframe in ten: where both frames of a pair could be it, decoding begins at another."""
    ticks = [number // 2 * 40 for number in range(60)]
    video = open_video(write_video(tmp_path / "pairs.mkv", 60, ticks=ticks, options={"bf": bf, "g": "10"}))
    assert len(video) == 60
    assert np.diff(video.times) == pytest.approx(0.02)  # each half of the 40 ms of its stamp
    assert video.fps == pytest.approx(50, rel=0.01)  # and not the 25 that the file announces
    for wanted in (range(60), [59], [31, 30, 44], [1]):
        assert numbers(video, wanted) == {number: number for number in wanted}


def test_frames_that_all_have_one_stamp_follow_each_other(tmp_path):
    video = open_video(write_video(tmp_path / "still.mkv", 6, ticks=[0] * 6))
    assert video.times == pytest.approx([number / 25 for number in range(6)])
    assert numbers(video, range(6)) == {number: number for number in range(6)}


@pytest.mark.parametrize("options", [{"bf": "0"}, {"bf": "3", "g": "10"}])
def test_files_put_one_behind_the_other_are_one_video(tmp_path, options):
    """Of two transport streams the second begins its clock again, at the same stamps or amid those of the first."""
    for begin in (0, 400):
        ticks = [begin + 40 * number for number in range(30)]
        first = write_video(tmp_path / "first.ts", 30, options=options)
        second = write_video(tmp_path / "second.ts", 30, options=options, ticks=ticks)
        (tmp_path / "both.ts").write_bytes(first.read_bytes() + second.read_bytes())
        video = open_video(tmp_path / "both.ts")
        assert np.diff(video.times) == pytest.approx(0.04)
        assert numbers(video, range(60)) == {number: number % 30 for number in range(60)}
        assert numbers(video, [5, 37, 59]) == {5: 5, 37: 7, 59: 29}


@pytest.mark.parametrize(
    ("name", "codec"), [("order.avi", "libx264"), ("order.avi", "mpeg4"), ("bare.h264", "libx264")]
)
def test_frames_are_counted_where_the_file_keeps_no_time_of_showing(tmp_path, name, codec):
    video = open_video(write_video(tmp_path / name, 30, codec=codec, options={"bf": "2"}))
    assert np.diff(video.times) == pytest.approx(0.04)
    for wanted in (range(30), [29], [3, 17]):
        assert numbers(video, wanted) == {number: number for number in wanted}


@pytest.mark.parametrize("rate", [1, 12, 1000])
def test_the_rate_is_what_the_frames_have(tmp_path, rate):
    """Whatever the file announces: 25 here."""
    ticks = [number * 1000 // rate for number in range(20)]
    video = open_video(write_video(tmp_path / "other.mkv", 20, ticks=ticks))
    assert video.fps == pytest.approx(rate, rel=0.02)
    assert video.seconds == pytest.approx(20 / rate, rel=0.02)


def test_frames_that_are_hours_apart_are_the_videos_fault(tmp_path):
    ticks = [40 * number + (4 * 10**8 if number > 4 else 0) for number in range(10)]
    with pytest.raises(VideoError, match=r"gap.mkv: its frames 4 and 5 are 111 hours apart; at most 6 are"):
        open_video(write_video(tmp_path / "gap.mkv", 10, ticks=ticks))
    assert len(open_video(write_video(tmp_path / "pause.mkv", 10, ticks=[tick // 20 for tick in ticks]))) == 10


# --- another size from some frame on ----------------------------------------------------------------------------------
@pytest.fixture
def two_sizes(tmp_path):
    """Frames 0 to 11 of 64 x 48 pixels, 12 to 23 of 96 x 64."""
    first = write_video(tmp_path / "first.ts", 12)
    second = write_video(tmp_path / "second.ts", 12, size=(96, 64), ticks=[480 + 40 * number for number in range(12)])
    path = tmp_path / "sizes.ts"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    return open_video(path)


def test_a_frame_of_another_size_than_the_first_is_named(two_sizes):
    assert (len(two_sizes), two_sizes.width, two_sizes.height) == (24, 64, 48)
    assert numbers(two_sizes, range(12)) == {number: number for number in range(12)}  # all that are of one size
    said = r"frame 12 \(0\.48 s\) is 96 x 64 pixels, the first frame 64 x 48; .* ffmpeg -i .*sizes.ts -s 64x48"
    for wanted in ([12], [11, 12, 23], range(24)):
        with pytest.raises(VideoError, match=said):
            numbers(two_sizes, wanted)


def test_frames_that_would_fill_the_memory_are_not_decoded(tmp_path):
    """A GIF of a few kilobytes says how large its canvas is."""
    path = write_video(tmp_path / "huge.gif", 3, codec="gif", pix_fmt="rgb8", fps=10)
    data = bytearray(path.read_bytes())
    data[6:10] = struct.pack("<HH", 16000, 16000)
    path.write_bytes(data)
    with pytest.raises(VideoError, match="frames of 16000 x 16000 pixels are too large; at most 100,000,000 pixels"):
        open_video(path)


def test_a_picture_too_large_to_be_held_is_refused_before_it_is_decoded(tmp_path):
    """A file of 100 kB that unpacks to 100 million pixels."""
    width, height = 20_001, 5_000
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 1) * height), 9)
    parts = [(b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    ]
    (tmp_path / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    with pytest.raises(VideoError, match=r"1\.png: cannot be read as an image") as caught:
        open_video(tmp_path)
    assert "pixels" in caught.value.fact.lower()
