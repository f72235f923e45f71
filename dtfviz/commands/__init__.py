"""The commands by name: where each lives and its line in `dtfviz --help`. Nothing is imported until a command is
used.
"""

from typing import NamedTuple


class Command(NamedTuple):
    """Where a command lives, and its line in `dtfviz --help`."""

    target: str  # "module:command"
    about: str


COMMANDS: dict[str, Command] = {
    "convert": Command(
        "dtfviz.commands.convert:convert", "Check a checkpoint and write it as safetensors that know their model."
    ),
    "demo": Command("dtfviz.commands.demo:demo", "Do the main job on the bundled clips with the bundled model."),
    "doctor": Command("dtfviz.commands.doctor:doctor", "Say what works here and how to mend what does not."),
    "draw": Command("dtfviz.commands.draw:draw", "Draw a finished run again, at another size or in another form."),
    "evaluate": Command(
        "dtfviz.commands.evaluate:evaluate", "Measure how often a model is right, on generated motion or on videos."
    ),
    "filters": Command(
        "dtfviz.commands.filters:filters", "Show which frequencies a model lets through at places of a video."
    ),
    "flops": Command("dtfviz.commands.flops:flops", "Count what a model costs: MACs, FLOPs, parameters, activations."),
    "frame-importance": Command(
        "dtfviz.commands.frame_importance:frame_importance", "Show how much each frame of a video counts."
    ),
    "gradcam": Command(
        "dtfviz.commands.gradcam:gradcam", "Show where and when a model looks, as a video, a sheet and arrays."
    ),
    "models": Command("dtfviz.commands.models:models", "List the models, or the layers of one."),
    "motion": Command("dtfviz.commands.motion:motion", "Draw a clip of known motion, as a video."),
    "probe": Command("dtfviz.commands.probe:probe", "Say exactly what of a video would be fed to a model."),
    "predict": Command("dtfviz.commands.predict:predict", "Show the most probable classes of a video."),
    "receptive-field": Command(
        "dtfviz.commands.receptive_field:receptive_field", "Show how far a model sees in space and time."
    ),
    "temporal-tests": Command(
        "dtfviz.commands.temporal_tests:temporal_tests", "Test how much a prediction depends on time."
    ),
    "train": Command("dtfviz.commands.train:train", "Train a model on generated motion or on videos."),
}
