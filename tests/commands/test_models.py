import json

from dtfviz.core.models.catalogue import MODELS


def test_the_list_has_names_aliases_lengths_and_sizes_within_80_columns(inside):
    lines = inside("models").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(MODELS)
    assert max(map(len, lines)) <= 80
    assert "c2d_dtf_swin_vit_b_p4_w7" in next(line for line in lines if line.startswith("dtf_swin_b"))


def test_the_list_as_json(inside):
    document = json.loads(inside("models", "--json").stdout)
    row = next(row for row in document["models"] if row["name"] == "dtf_swin_b")
    assert (row["frames"], row["size"], row["alias"]) == (64, 224, "c2d_dtf_swin_vit_b_p4_w7")


def test_one_model_shows_its_layers_and_their_operators(inside):
    done = inside("models", "c2d_dtf_resnet50")
    assert done.returncode == 0
    row = next(line for line in done.stdout.splitlines() if line.startswith("layer4.2"))
    assert " ".join(row.split()) == "layer4.2 2048 4 7 7 layer4.2.dtf_blk"
    assert "offers spectral filters (16), comparison of frames (16)" in done.stdout
    assert "offers nothing besides" in inside("models", "c2d_r50").stdout


def test_one_model_as_json(inside):
    document = json.loads(inside("models", "dtf_swin_s", "--frames", "32", "--json").stdout)
    assert set(document["offers"]["spectral filters"]) == {row["temporal"] for row in document["layers"]} - {None}
    assert document["layers"][-1] == {
        "name": "layers.3.blocks.1",
        "shape": [768, 8, 7, 7],
        "temporal": "layers.3.blocks.1.dtf_block",
    }
