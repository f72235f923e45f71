"""See how temporal video models use time. The API is loaded when it is first used, so that `import dtfviz` is
instant.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from dtfviz.core.analysis.cam.faithfulness import faithfulness as faithfulness
    from dtfviz.core.analysis.cam.gradcam import gradcam as gradcam
    from dtfviz.core.analysis.cam.sanity import sanity as sanity
    from dtfviz.core.analysis.cost.cost import cost as cost
    from dtfviz.core.analysis.filters.filters import filters as filters
    from dtfviz.core.analysis.predict import predict as predict
    from dtfviz.core.analysis.reach.reach import receptive_field as receptive_field
    from dtfviz.core.analysis.time.importance import frame_importance as frame_importance
    from dtfviz.core.analysis.time.occlusion import occlusion as occlusion
    from dtfviz.core.analysis.time.temporal_tests import temporal_tests as temporal_tests
    from dtfviz.core.media.reading import read_clip as read_clip
    from dtfviz.core.media.sampling import Sampling as Sampling
    from dtfviz.core.models.answers import Moment as Moment
    from dtfviz.core.models.building import build_model as build_model
    from dtfviz.core.models.fold import fold as fold
    from dtfviz.core.models.inputs import clip_for as clip_for
    from dtfviz.core.models.loading.model import load_model as load_model
    from dtfviz.core.models.wrap import wrap as wrap
    from dtfviz.core.render.save import save as save

_API = {
    "Moment": "dtfviz.core.models.answers",
    "load_model": "dtfviz.core.models.loading.model",
    "gradcam": "dtfviz.core.analysis.cam.gradcam",
    "cost": "dtfviz.core.analysis.cost.cost",
    "faithfulness": "dtfviz.core.analysis.cam.faithfulness",
    "frame_importance": "dtfviz.core.analysis.time.importance",
    "fold": "dtfviz.core.models.fold",
    "filters": "dtfviz.core.analysis.filters.filters",
    "occlusion": "dtfviz.core.analysis.time.occlusion",
    "predict": "dtfviz.core.analysis.predict",
    "receptive_field": "dtfviz.core.analysis.reach.reach",
    "temporal_tests": "dtfviz.core.analysis.time.temporal_tests",
    "build_model": "dtfviz.core.models.building",
    "clip_for": "dtfviz.core.models.inputs",
    "read_clip": "dtfviz.core.media.reading",
    "sanity": "dtfviz.core.analysis.cam.sanity",
    "save": "dtfviz.core.render.save",
    "Sampling": "dtfviz.core.media.sampling",
    "wrap": "dtfviz.core.models.wrap",
}


def __getattr__(name: str) -> Any:
    if name in _API:
        return getattr(import_module(_API[name]), name)
    raise AttributeError(f"module 'dtfviz' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_API])
