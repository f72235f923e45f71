import json

import torch
from recipe import fill_seeded

from dtfviz.core.models.dtf.resnet import DTFNet


def foreign_file(tmp_path, **changes):
    net = fill_seeded(DTFNet(depths=(1, 1), widths=(16, 32), strides=(1, 2), num_classes=4), 3)
    path = tmp_path / "current.pth"
    torch.save({"model": {f"module.{name}": value for name, value in net.state_dict().items()} | changes}, path)
    return str(path)


def test_a_foreign_file_becomes_one_that_knows_its_model(inside, tmp_path):
    source, out, names = foreign_file(tmp_path), str(tmp_path / "ours.safetensors"), tmp_path / "names.txt"
    names.write_text("a\nb\nc\nd\n")
    first = inside("convert", source, "-o", out, "--labels", str(names))
    assert first.returncode == 0
    assert "renamed" in first.stdout
    assert "written" in first.stdout.splitlines()[-1]
    again = inside("convert", source, "-o", out, "--labels", str(names), "--json")
    document = json.loads(again.stdout)
    assert (document["state"], document["report"]["model"], document["report"]["missing"]) == (
        "up to date",
        "dtf_net",
        [],
    )
    counted = json.loads(inside("flops", "--checkpoint", out, "--json").stdout)
    assert (counted["model"], counted["frames"]) == ("dtf_net", 16)


def test_a_bad_file_ends_with_code_3_in_three_lines_and_writes_nothing(inside, tmp_path):
    bad, out = tmp_path / "bad.pth", tmp_path / "ours.safetensors"
    bad.write_bytes(b"nonsense")
    done = inside("convert", str(bad), "-o", str(out))
    assert (done.returncode, len(done.stderr.splitlines()), out.exists()) == (3, 3, False)


def test_a_file_that_does_not_fill_the_model_names_the_command_that_takes_it(inside, tmp_path):
    source, out = foreign_file(tmp_path, **{"module.fc.bias": torch.zeros(9)}), str(tmp_path / "ours.safetensors")
    done = inside("convert", source, "-o", out)
    assert done.returncode == 4
    assert done.stderr.splitlines()[-1] == f"  try: dtfviz convert {source} -o {out} --partial"
    assert inside("convert", source, "-o", out, "--partial").returncode == 0
