import re
import subprocess
import sys

import pytest
import torch
from safetensors.torch import save_file

from dtfviz.core.errors import ModelError, OptionError
from dtfviz.core.models.catalogue import Wishes
from dtfviz.core.models.foreign import Foreign, is_foreign, make_foreign, read_value
from dtfviz.core.models.loading.model import load_model, load_with_report

SOURCE = """
from torch import nn
import beside

class Tiny(nn.Module):
    def __init__(self, classes=3):
        super().__init__()
        self.conv, self.fc = nn.Conv3d(3, beside.WIDTH, 3, stride=4, padding=1), nn.Linear(beside.WIDTH, classes)

    def forward(self, x):
        return self.fc(self.conv(x).mean(dim=(2, 3, 4)))

def make(classes=3):
    return Tiny(classes)

model = Tiny

def shapes():
    return (1, 2)
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "beside.py").write_text("WIDTH = 4\n")
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    return path


def make(name, **given):
    return make_foreign(str(name), Foreign(**given), frames=8, size=16)


@pytest.mark.parametrize(
    ("name", "is_one"), [("a.b:c", True), ("mine.py", True), ("dtf_net_r50", False), (None, False)]
)
def test_a_factory_is_told_from_a_name_of_ours(name, is_one):
    assert is_foreign(name) == is_one


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("True", True), ("None", None), ("(1, 2)", (1, 2)), ("DEFAULT", "DEFAULT"), ("a b", "a b")],
)
def test_arguments_are_read_as_python_reads_them(text, value):
    assert read_value(text) == value


def test_a_file_may_import_its_neighbours_and_give_its_model_by_name_or_by_default(file):
    card = make(f"{file}:make", arguments={"classes": 5}).card
    assert (card.num_classes, card.frames, card.size, card.default_layer, card.trust) == (5, 8, 16, "conv", "UNTRAINED")
    assert make(file).card.num_classes == 3
    assert make(file, is_trained=True).card.trust == "trained"


def test_random_weights_are_the_same_at_every_call_and_known_by_their_fingerprint(file):
    one, same, other = make(file), make(file), make(file, arguments={"classes": 4})
    assert torch.equal(one.conv.weight, same.conv.weight)
    assert one.card.weights_sha256 == same.card.weights_sha256 != other.card.weights_sha256


def test_a_checkpoint_fills_it_by_its_own_names(file, tmp_path):
    weights = {f"module.{name}": torch.full_like(value, 0.5) for name, value in make(file).state_dict().items()}
    save_file(weights, tmp_path / "w.safetensors")
    model, report = load_with_report(Wishes(str(file), 8, 16), checkpoint=tmp_path / "w.safetensors")
    assert bool((model.fc.weight == 0.5).all())
    assert (report.matched, model.card.trust) == (4, "trained")
    save_file({name: weights[name] for name in list(weights)[:3]}, tmp_path / "part.safetensors")
    with pytest.raises(ModelError, match="1 missing"):
        load_model(str(file), frames=8, size=16, checkpoint=tmp_path / "part.safetensors")
    partly = load_model(str(file), frames=8, size=16, checkpoint=tmp_path / "part.safetensors", partial=True)
    assert partly.card.trust == "PARTLY UNTRAINED (1 tensors)"


@pytest.mark.parametrize(
    ("name", "arguments", "error", "words"),
    [
        ("no_such_package:make", {}, OptionError, "no module is called 'no_such_package'"),
        ("torchvision.models.vido:r3d_18", {}, OptionError, "no module is called 'torchvision.models.vido'"),
        ("torchvision.models.video:r3d_81", {}, OptionError, "did you mean r3d_18"),
        ("missing.py", {}, OptionError, "no such file"),
        ("FILE:nothing_like_it", {}, OptionError, "it has Tiny, make, model, shapes"),
        ("FILE:make", {"width": 3}, OptionError, "it takes classes"),
        ("FILE:shapes", {}, ModelError, "makes a tuple"),
    ],
)
def test_what_cannot_be_made_says_why(file, name, arguments, error, words):
    with pytest.raises(error, match=words):
        make(name.replace("FILE", str(file)), arguments=arguments)


RAISING = """
import sys

class OddError(Exception):
    pass

def raises():
    raise KeyError("weights")

def odd():
    raise OddError

def leaves():
    sys.exit(0)

def endless():
    return endless()

class Two:
    @classmethod
    def make(cls, width):
        raise ValueError(f"no width of {width}\\nand more")
"""


@pytest.mark.parametrize(
    ("factory", "arguments", "words", "line"),
    [
        ("raises", {}, "raised KeyError: 'weights'", 8),
        ("odd", {}, "raised OddError: no message", 11),
        ("leaves", {}, "raised SystemExit: 0", 14),
        ("endless", {}, "raised RecursionError: maximum recursion depth exceeded", 17),
        ("Two.make", {"width": "3 a"}, "raised ValueError: no width of 3 a$", 22),
    ],
)
def test_whatever_a_factory_raises_is_an_error_that_says_where(tmp_path, factory, arguments, words, line):
    path = tmp_path / "mine.py"
    path.write_text(RAISING)
    with pytest.raises(ModelError) as caught:
        make(f"{path}:{factory}", arguments=arguments)
    assert re.search(words, caught.value.message)
    assert caught.value.fact.endswith(f"{path} line {line}")
    alone = [sys.executable, *caught.value.hint.words[1:]]
    done = subprocess.run(alone, capture_output=True, text=True, check=False)
    assert words.removeprefix("raised ").split(":")[0] in done.stderr or factory == "leaves"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import no_such_dependency\n", "ModuleNotFoundError: No module named 'no_such_dependency'"),
        ("def model(:\n", "SyntaxError: invalid syntax"),
        ("model = \0", "SyntaxError: source code string cannot contain null bytes"),
        ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
    ],
)
def test_a_file_that_cannot_be_imported_says_why(tmp_path, source, words):
    (tmp_path / "broken.py").write_text(source)
    with pytest.raises(ModelError, match=f"broken.py raised {words}"):
        make(tmp_path / "broken.py")


@pytest.mark.parametrize("name", [":x", ":", "..x:y", "a/b:c", "a b:c"])
def test_what_is_no_name_of_a_module_is_not_imported(name):
    with pytest.raises(OptionError, match="is no name of a module"):
        make(name)


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("os:system", OptionError, "missing a required argument: 'command'"),
        ("os:getcwd", ModelError, "makes a str"),
        ("sys:exit", ModelError, "raised SystemExit"),
    ],
)
def test_functions_that_make_no_model_are_errors(name, error, words):
    with pytest.raises(error, match=words):
        make(name)


@pytest.mark.parametrize("kind", ["KeyError", "ZeroDivisionError", "AttributeError", "NotImplementedError"])
def test_a_model_that_cannot_run_is_an_error_whatever_it_raises(tmp_path, kind):
    (tmp_path / "mine.py").write_text(
        f"from torch import nn\nclass model(nn.Module):\n    def forward(self, x):\n        raise {kind}('broken')\n"
    )
    with pytest.raises(ModelError, match="does not run on clips of 8 frames at 16 pixels") as caught:
        make(tmp_path / "mine.py")
    assert kind in caught.value.fact


def test_a_clip_of_another_shape_is_an_error_that_names_the_shape(tmp_path):
    (tmp_path / "flat.py").write_text(
        "from torch import nn\nmodel = lambda: nn.Sequential(nn.Flatten(), nn.Linear(7, 2))\n"
    )
    with pytest.raises(ModelError, match="does not run on clips of 8 frames at 16 pixels"):
        make(tmp_path / "flat.py")


def test_a_file_may_hold_dataclasses_with_postponed_annotations(tmp_path):
    (tmp_path / "data.py").write_text(
        "from __future__ import annotations\nfrom dataclasses import dataclass\nfrom torch import nn\n"
        "@dataclass\nclass Shape:\n    width: int = 4\n"
        "model = lambda: nn.Sequential(nn.Conv3d(3, Shape().width, 1), nn.AdaptiveAvgPool3d(1), nn.Flatten())\n"
    )
    assert make(tmp_path / "data.py").card.num_classes == 4


def test_a_function_feeds_the_model_and_a_class_may_make_it(tmp_path):
    (tmp_path / "two.py").write_text(
        "from torch import nn\n"
        "class Two(nn.Module):\n"
        "    def forward(self, pair):\n        return (pair[0] - pair[1]).mean(dim=(2, 3, 4))\n"
        "    @classmethod\n    def make(cls):\n        return cls()\n"
        "def pair(clip):\n    return [clip, clip]\n"
    )
    model = make(f"{tmp_path / 'two.py'}:Two.make", feed=f"{tmp_path / 'two.py'}:pair")
    assert not bool(model(torch.rand(1, 3, 8, 16, 16)).any())
