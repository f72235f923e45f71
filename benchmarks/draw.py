"""How long a finished run takes to draw again, as a whole process, against importing matplotlib: at most 2.5 times.

The run is Grad-CAM of the bundled model on the bundled clip, made anew in a temporary folder; drawing goes to a folder
of its own. What is imported is what any figure needs: matplotlib's figures and the canvas that writes a PNG.
"""

import os
import sys
import tempfile
from pathlib import Path

from timing import fastest, process

FIGURE = "import matplotlib.figure, matplotlib.backends.backend_agg"
dtfviz = str(Path(sys.executable).with_name("dtfviz"))
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    process(dtfviz, "gradcam")()
    again = process(dtfviz, "draw", "dtfviz-out/walk_crop/gradcam", "-o", "again", "--overwrite", "--width", "3.3")
    base, ours = fastest([process(sys.executable, "-c", FIGURE), again], rounds=15)
print(f"import matplotlib  {base * 1e3:6.0f} ms")
print(f"dtfviz draw        {ours * 1e3:6.0f} ms  {ours / base:5.2f} times")
