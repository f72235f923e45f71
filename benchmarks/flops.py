"""How long counting a model takes against `python -c "import torch"`, and loading a full checkpoint against the same.

Goals: `dtfviz flops --model dtf_swin_b` at most 3.0 times; loading dtf_net_r50 at most 3 seconds.
"""

import sys
import tempfile
from pathlib import Path

import torch
from timing import fastest, process

import dtfviz

command = str(Path(sys.executable).with_name("dtfviz"))
with tempfile.TemporaryDirectory() as folder:
    file = str(Path(folder, "current.pth"))
    weights = {f"module.{name}": tensor for name, tensor in dtfviz.load_model("dtf_net_r50").state_dict().items()}
    torch.save({"model": weights}, file)
    base, count, inside, load = fastest(
        [
            process(sys.executable, "-c", "import torch"),
            process(command, "flops", "--model", "dtf_swin_b"),
            lambda: dtfviz.load_model(checkpoint=file),
            process(sys.executable, "-c", f"import dtfviz; dtfviz.load_model(checkpoint={file!r})"),
        ],
        rounds=5,
    )
print(f'python -c "import torch"           {base:5.2f} s')
print(f"dtfviz flops --model dtf_swin_b    {count:5.2f} s  {count / base:4.2f} times")
print(f"load a full dtf_net_r50 checkpoint {inside:5.2f} s, {load:.2f} s with the imports")
