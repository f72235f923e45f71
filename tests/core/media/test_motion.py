import hashlib

import numpy as np
import pytest

from dtfviz.core.errors import OptionError
from dtfviz.core.media.course import draw_course
from dtfviz.core.media.motion import CLASSES, REVERSED, RUNS, class_index, draw_motion

TURNS = {"move-left": (-1, 0), "move-right": (1, 0), "move-up": (0, -1), "move-down": (0, 1)}


def draw(name, seed=0, **options):
    return draw_motion(class_index(name), seed, **options)


def centroid(mask):
    """Mean x and y of the pixels, counted from the picture's corner."""
    rows, columns = np.nonzero(mask)
    return np.array([columns.mean(), rows.mean()]) + 0.5


def widened(mask):
    """By two pixels: the object's edge is soft, and less than half opaque outside its mask."""
    for _ in range(2):
        mask = mask | np.roll(mask, 1, 0) | np.roll(mask, -1, 0) | np.roll(mask, 1, 1) | np.roll(mask, -1, 1)
    return mask


def areas(motion):
    return motion.mask.sum((1, 2)).astype(float)


def lights(motion):
    """Mean of the object's pixels in each frame."""
    return np.array([picture[mask].mean() for picture, mask in zip(motion.frames, motion.mask, strict=True)])


def test_ten_clips_are_these_on_every_machine():
    digest = hashlib.sha256()
    for seed in range(10):
        motion = draw_motion(None, seed, difficulty=seed / 9, frames=16 if seed else 20, size=64 if seed else 80)
        for part in (motion.frames, motion.mask, motion.decoy, motion.path, np.array(motion.label)):
            digest.update(np.ascontiguousarray(part).tobytes())
    assert digest.hexdigest() == "db7f9d1f887229a08eb8a54fe31a08ed9825f0300706d2f1140c630d3b6c0909"


@pytest.mark.parametrize("name", CLASSES)
def test_a_clip_says_what_it_is(name):
    motion = draw(name, 5, difficulty=0.7, frames=9, size=48)
    assert (motion.frames.shape, motion.frames.dtype) == ((9, 48, 48, 3), np.uint8)
    assert (motion.mask.shape, motion.path.shape, motion.decoy.shape) == ((9, 48, 48), (9, 2), (48, 48))
    assert (CLASSES[motion.label], motion.difficulty, motion.seed) == (name, 0.7, 5)
    assert motion.mask.any((1, 2)).all()


@pytest.mark.parametrize("name", CLASSES)
def test_an_easy_clip_changes_nowhere_but_where_the_object_is(name):
    motion = draw(name, 3, difficulty=0)
    changes = (motion.frames != motion.frames[0]).any((0, 3))
    assert not changes[~widened(motion.mask.any(0))].any()
    assert changes.any() == (name != "static")
    assert not motion.decoy.any()


@pytest.mark.parametrize("name", CLASSES)
def test_the_mask_lies_around_the_path(name):
    """Around, as an irregular object's centre of mass is not quite the centre it turns about."""
    checked = 0
    for seed in range(8):
        motion = draw(name, seed)
        for mask, centre, area in zip(motion.mask, motion.path, areas(motion), strict=True):
            if not (mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()):
                assert np.hypot(*(centroid(mask) - centre)) < 0.08 * np.sqrt(area)
                checked += 1
    assert checked > 40


@pytest.mark.parametrize("name", TURNS)
def test_a_moving_object_goes_its_way_and_no_other(name):
    for seed in range(8):
        path = draw(name, seed).path / 64
        step = np.array(TURNS[name])
        assert (np.diff(path @ step) > 0.015).all()
        assert np.ptp(path @ step[::-1]) == 0
        assert 0.25 < np.ptp(path @ step) < 0.62  # 15 of 16 parts of the reach


def test_what_does_not_move_keeps_its_place_and_what_does_not_zoom_its_area():
    for name in set(CLASSES) - {"swing-slow", "swing-fast", "jitter", *TURNS}:
        assert np.ptp(draw(name, 2).path, axis=0).tolist() == [0, 0]
    for name in ("static", "blink-slow", "blink-fast"):
        assert np.ptp(areas(draw(name, 2))) == 0


def test_a_zoom_grows_or_shrinks_over_the_same_range():
    grows, shrinks = areas(draw("zoom-in", 4)), areas(draw("zoom-out", 4))
    assert (np.diff(grows) > 0).all()
    assert (np.diff(shrinks) < 0).all()
    assert grows.tolist() == shrinks[::-1].tolist()


def test_a_rotation_turns_as_it_is_called():
    """The long axis of the object, from second moments; y points down, so that a growing angle is clockwise."""
    for name, sign in (("rotate-cw", 1), ("rotate-ccw", -1)):
        mask = draw(name, 6, frames=32, size=96).mask
        angles = []
        for frame in mask:
            y, x = np.nonzero(frame)
            (xx, xy), (_, yy) = np.cov(x, y)
            angles.append(np.arctan2(2 * xy, xx - yy))
        turned = np.unwrap(angles) / 2
        assert sign * (turned[-1] - turned[0]) > 1.5


@pytest.mark.parametrize("kind", ["swing", "blink"])
def test_fast_is_three_times_slow(kind):
    def turns(values):
        steps = np.diff(values)
        return int((np.diff(np.sign(steps[steps != 0])) != 0).sum())

    for seed in range(4):
        runs = [draw(f"{kind}-{speed}", seed, difficulty=0, frames=96) for speed in ("slow", "fast")]
        values = [lights(run) if kind == "blink" else run.path[:, np.ptp(run.path, axis=0).argmax()] for run in runs]
        slow, fast = map(turns, values)
        assert 2 <= slow <= 3  # 1.1 to 1.5 cycles, two turns in each
        assert 6 <= fast <= 9


def test_jitter_jumps_once_in_a_sixteenth_of_the_clip():
    path = draw("jitter", 1, frames=48).path
    jumps = np.abs(np.diff(path, axis=0)).sum(1) > 0
    assert np.nonzero(jumps)[0].tolist() == list(range(2, 47, 3))


def test_reversing_twice_is_the_class_itself():
    assert set(REVERSED) == set(CLASSES)
    assert all(REVERSED[REVERSED[name]] == name for name in CLASSES)
    assert [name for name in CLASSES if REVERSED[name] == name] == ["static", *CLASSES[9:]]


@pytest.mark.parametrize("name", [name for name in CLASSES if REVERSED[name] != name])
def test_a_clip_played_backwards_is_the_clip_of_the_reversed_class(name):
    played, other = draw(name, 7, difficulty=0), draw(REVERSED[name], 7, difficulty=0)
    np.testing.assert_array_equal(played.frames, other.frames[::-1])
    np.testing.assert_array_equal(played.path, other.path[::-1])


def test_a_long_clip_sampled_from_its_middle_is_the_short_one():
    for name in CLASSES:
        short, long = draw(name, 8, difficulty=0), draw(name, 8, difficulty=0, frames=48)
        np.testing.assert_array_equal(long.frames[1::3], short.frames)
        np.testing.assert_array_equal(long.path[1::3], short.path)


def test_a_larger_picture_shows_the_same():
    small, large = draw("move-left", 9, difficulty=0), draw("move-left", 9, difficulty=0, size=256)
    assert large.path / 4 == pytest.approx(small.path, abs=1 / 256)
    reduced = large.mask.reshape(16, 64, 4, 64, 4).mean((2, 4)) > 0.5
    assert (reduced & small.mask).sum() / (reduced | small.mask).sum() > 0.9


def test_another_class_of_a_seed_is_the_same_scene():
    one, other = draw("static", 11, difficulty=0.5), draw("move-up", 11, difficulty=0.5)
    away = ~widened(one.mask.any(0) | other.mask.any(0) | one.decoy | other.decoy)
    np.testing.assert_array_equal(one.frames[:, away], other.frames[:, away])


def test_difficulty_brings_contrast_noise_look_alikes_and_drift():
    easy, hard = (
        [draw("static", seed, difficulty=difficulty, size=32, frames=8) for seed in range(60)] for difficulty in (0, 1)
    )
    contrast = [np.mean([run.frames[0][~run.mask[0]].std(0).mean() for run in runs]) for runs in (easy, hard)]
    assert contrast[1] > 8 * contrast[0]
    assert not any(run.decoy.any() for run in easy)
    assert 18 <= sum(run.decoy.any() for run in hard) <= 42  # 30 of 60, four standard deviations of 3.9 at most
    moved = [np.abs(np.diff(run.frames.astype(int), axis=0))[:, ~run.mask.any(0)].mean() for run in hard]
    assert 3 <= sum(value > 1.3 * np.median(moved) for value in moved) <= 28  # 15 of 60 drift
    assert min(moved) > 2


def test_a_look_alike_is_drawn_and_stands_still():
    motion = next(run for run in (draw("blink-fast", seed, difficulty=0.6) for seed in range(50)) if run.decoy.any())
    still = motion.decoy & ~motion.mask.any(0)
    changes = np.abs(np.diff(motion.frames.astype(int), axis=0)).mean((0, 3))
    assert changes[motion.mask.all(0)].mean() > 2 * changes[still].mean()


def test_one_frame_does_not_tell_the_class():
    """Means and spreads of 1,600 poses a class, from scenes of its own, differ from those of all by chance: 4
    standard errors.
    """
    seen = np.array([[pose_of(name, seed) for seed in range(1600)] for name in CLASSES])
    everything = seen.reshape(-1, seen.shape[-1])
    spread = everything.std(0)
    assert (np.abs(seen.mean(1) - everything.mean(0)) < 4 * spread / 40).all()
    squares = (everything - everything.mean(0)) ** 2
    assert (np.abs(seen.var(1) - squares.mean(0)) < 4 * squares.std(0) / 40).all()


def pose_of(name, seed):
    """x, y, radius and light in one of 16 frames."""
    random = np.random.default_rng([seed, CLASSES.index(name)])
    pose = draw_course(random).pose(*RUNS[name], (seed % 16 + 0.5) / 16)
    return pose.x, pose.y, pose.radius, pose.light


def test_without_a_label_the_seed_draws_every_class():
    labels = [draw_motion(None, seed, size=16, frames=1).label for seed in range(200)]
    assert set(labels) == set(range(len(CLASSES)))
    np.testing.assert_array_equal(draw_motion(None, 4).frames, draw_motion(labels[4], 4).frames)


def test_with_or_without_a_look_alike_the_scene_is_the_same():
    without, having = (draw("move-up", 8, difficulty=0.5, decoys=decoys) for decoys in (0, 2))
    assert having.decoy.any()
    assert not without.decoy.any()
    np.testing.assert_array_equal(having.mask, without.mask)
    away = ~widened(having.decoy)
    np.testing.assert_array_equal(having.frames[:, away], without.frames[:, away])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"label": 14}, "no class 14"),
        ({"label": -1}, "no class -1"),
        ({"difficulty": 1.5}, "from 0 to 1"),
        ({"difficulty": float("nan")}, "from 0 to 1"),
        ({"size": 8}, "16 x 16"),
        ({"frames": 0}, "at least 1 frame"),
    ],
)
def test_what_cannot_be_drawn_is_said(arguments, words):
    with pytest.raises(OptionError, match=words):
        draw_motion(**{"label": 0, "seed": 0} | arguments)


def test_a_wrong_name_suggests_the_right_one():
    with pytest.raises(OptionError, match="did you mean move-left"):
        class_index("moveleft")
    with pytest.raises(OptionError, match="the classes are static"):
        class_index("xyz")
    assert [class_index(name) for name in CLASSES] == list(range(len(RUNS)))
