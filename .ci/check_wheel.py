"""The wheel holds everything that is not Python, and nothing that is not the package."""

import sys
import zipfile
from pathlib import Path

ASSETS = ("published.toml", "motion.safetensors", "motion.md", "mover.mp4", "walk_crop.mp4", "LICENSE.walk")
NEEDED = {"dtfviz/core/ops/frame_aggregation.cu", "dtfviz/py.typed", *(f"dtfviz/assets/{name}" for name in ASSETS)}

(wheel,) = Path(sys.argv[1]).glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    names = set(archive.namelist())
sources = {str(path) for path in Path("dtfviz").rglob("*.py")}
missing = (NEEDED | sources) - names
strangers = {name for name in names if not name.startswith("dtfviz/") and ".dist-info/" not in name}
licences = {name for name in names if name.endswith(("/LICENSE", "/NOTICE"))}
if missing or strangers or len(licences) != 2:
    sys.exit(f"{wheel.name}: missing {sorted(missing)}, strangers {sorted(strangers)}, licences {sorted(licences)}")
print(f"{wheel.name}: {len(names)} files, all that is needed")
