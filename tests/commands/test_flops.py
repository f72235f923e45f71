import csv
import io
import json

import pytest

from dtfviz.core.models.catalogue import MODELS


def test_the_promised_command_says_the_conventions_the_clip_and_the_published_value(inside):
    done = inside("flops", "--model", "dtf_swin_b", COLUMNS="80")
    assert done.returncode == 0
    assert "64 frames at 224 x 224" in done.stdout
    assert "266.10 GMACs" in done.stdout
    assert "the paper's for this model" in done.stdout
    assert "published: 266 GFLOPs" in done.stdout
    table = done.stdout.splitlines()[
        : done.stdout.splitlines().index(next(line for line in done.stdout.splitlines() if line.startswith("total")))
    ]
    assert max(len(line.rstrip()) for line in table) <= 80


def test_the_json_document(inside):
    document = json.loads(inside("flops", "--model", "c2d_dtf_resnet50", "--json").stdout)
    assert list(document)[:6] == ["model", "frames", "size", "params", "macs", "flops"]
    assert (document["model"], document["frames"], document["size"]) == ("dtf_net_r50", 16, 256)
    assert document["params"] == {"total": 28951472, "trainable": 28815536, "frozen": 135936, "dead": 0}
    assert document["flops"] == 2 * document["macs"]["real"]
    assert round(document["macs"]["paper"] / 1e9, 2) == 24.44
    assert document["by_module"][0]["paper"] == document["macs"]["paper"]
    assert sum(row["macs_real"] for row in document["by_operator"].values()) == document["macs"]["real"]
    assert document["published"]["gflops"] == 25
    assert any(row["name"] == "relu_" for row in document["uncounted"])


def test_views_multiply_and_sizes_and_classes_can_be_chosen(inside):
    one = json.loads(
        inside("flops", "dtf_net_r50", "--frames", "32", "--size", "112", "--classes", "7", "--json").stdout
    )
    many = json.loads(
        inside(
            "flops", "dtf_net_r50", "--frames", "32", "--size", "112", "--classes", "7", "--views", "10x3", "--json"
        ).stdout
    )
    assert many["views"] == {
        "clips": 10,
        "crops": 3,
        "macs_paper": 30 * one["macs"]["paper"],
        "flops": 30 * one["flops"],
    }
    assert one["published"] is None


def test_a_variant_in_one_stage(inside):
    document = json.loads(inside("flops", "dtf_net_r50", "--variant", "dtf_1d", "--blocks", "layer4", "--json").stdout)
    assert round(document["macs"]["paper"] / 1e9, 2) == 23.81
    assert document["published"] is None


def test_models_side_by_side_as_table_csv_and_chart(inside, tmp_path):
    chart = tmp_path / "chart.svg"
    table = inside("flops", "--compare", "dtf_net_r50", "c2d_r50", "-o", str(chart))
    assert table.returncode == 0
    assert "c2d_r50" in chart.read_text()
    assert [line.split()[0] for line in table.stdout.splitlines() if line.startswith(("dtf_net_r50 ", "c2d_r50 "))] == [
        "dtf_net_r50",
        "c2d_r50",
    ]
    rows = list(csv.DictReader(io.StringIO(inside("flops", "--compare", "dtf_net_r50", "c2d_r50", "--csv").stdout)))
    wholes = {row["model"]: int(row["macs_paper"]) for row in rows if row["module"] == ""}
    parts = sum(int(row["macs_paper"]) for row in rows if row["model"] == "dtf_net_r50" and row["module"])
    assert parts == wholes["dtf_net_r50"] > wholes["c2d_r50"]


@pytest.mark.parametrize(("number", "rows", "ours"), [("1", 20, 17), ("2", 21, 4), ("3", 28, 7)])
def test_tables_of_the_paper_stand_beside_ours(inside, number, rows, ours):
    done = inside("flops", "--table", number, COLUMNS="80")
    document = json.loads(inside("flops", "--table", number, "--json").stdout)
    assert len(document["rows"]) == rows
    assert sum("macs" in row for row in document["rows"]) == ours
    assert all(f"[{row['label']}]" in done.stdout for row in document["rows"] if row["is_others"])
    assert all(
        f"{percent:.1f}" in done.stdout for row in document["rows"] for top in row["top"].values() for percent in top
    )
    assert "left out" not in done.stdout
    assert "…" not in done.stdout


def test_tables_say_where_the_paper_stays_unexplained(inside):
    documents = [json.loads(inside("flops", "--table", number, "--json").stdout) for number in ("2", "3")]
    remarks = [[row["remark"].split()[0] for row in one["rows"] if "macs" in row] for one in documents]
    assert remarks == [["x1", "all", "unexplained", "x1"], ["x1", "all", "unexplained", "x4", "x4", "x4", "x1"]]


FACTORY = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, looks):
        super().__init__()
        self.looks, self.conv = looks, nn.Conv3d(3, 2, 1)

    def forward(self, x):
        return self.conv(x).mean(dim=(2, 3, 4))

def model(looks=False):
    net = Net(looks)
    if looks:
        float(net.conv.weight.sum())
    return net
"""


@pytest.mark.parametrize("looks", [False, True])
def test_someone_elses_model_is_counted_without_memory_where_it_can_be(inside, tmp_path, looks):
    (tmp_path / "net.py").write_text(FACTORY)
    wish = ["flops", str(tmp_path / "net.py"), "--frames", "4", "--size", "8", "--model-arg", f"looks={looks}"]
    done = inside(*wish)
    assert done.returncode == 0
    assert ("built and run on two clips first" in done.stderr) == looks
    assert "paper" not in done.stdout
    assert json.loads(inside(*wish, "--json").stdout)["macs"]["real"] == 3 * 2 * 4 * 8 * 8


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["flops"], 2, "no model was named"),
        (["flops", "dtf_net_r50", "c2d_r50"], 2, "--compare"),
        (["flops", "dtf_net_r50", "--views", "ten"], 2, "10x3"),
        (["flops", "dtf_net_r50", "-o", "chart.jpg"], 2, ".png, .svg, .pdf"),
        (["flops", "dtf_net_r50", "--blocks", "layer9"], 2, "layer9"),
        (["flops", "dtf_swin_b", "--size", "256"], 4, "multiples of 224"),
        (["flops", "--checkpoint", "nosuch.pth"], 3, "No such file"),
        (["flops", "--checkpoint", "nosuch.pth", "--model", "dtf_net_r50"], 2, "leave the name out"),
    ],
)
def test_errors(inside, arguments, code, words):
    done = inside(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr


def test_every_model_can_be_counted(inside):
    document = json.loads(inside("flops", "--compare", *MODELS, "--json").stdout)
    assert [one["model"] for one in document["models"]] == list(MODELS)


def test_other_tools_stand_beside_ours_with_reasons(inside):
    done = inside("flops", "dtf_net_motion", "--against", "thop,torchinfo")
    assert done.returncode == 0, done.stderr
    table = done.stdout[done.stdout.index("counted by others") :]
    assert "does not see that 17 FrameConv are Conv3d" in table
    assert "torchinfo" in table
    assert "thop" in table
    document = json.loads(inside("flops", "dtf_net_motion", "--against", "thop", "--json").stdout)
    (thop,) = document["against"]
    assert thop["tool"] == "thop"
    assert thop["macs"] < document["macs"]["real"] / 5


def test_other_tools_need_a_known_name_and_one_model(inside):
    assert "'foo' is none of fvcore" in inside("flops", "dtf_net_motion", "--against", "thop,foo").stderr
    both = inside("flops", "--compare", "dtf_net_motion", "c2d_r50", "--against", "thop")
    assert both.returncode == 2
    assert "--against is of one model" in both.stderr
