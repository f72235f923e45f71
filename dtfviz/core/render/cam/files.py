"""The files of a study of maps: a sheet, an overlay and arrays a target, or one sheet of all stages."""

from collections.abc import Iterator
from pathlib import Path

from dtfviz.core.render.cam.arrays import write_arrays
from dtfviz.core.render.cam.faithfulness.figure import faithfulness_chart
from dtfviz.core.render.cam.overlay import write_overlay
from dtfviz.core.render.cam.sheet import cam_sheet, stages_sheet
from dtfviz.core.render.drawing import CamDrawing
from dtfviz.core.render.kinds import OnStep, counted
from dtfviz.core.render.style.colour import choose_scale
from dtfviz.core.render.style.figures import save_figure
from dtfviz.core.results.cam import CamStudy, Explained
from dtfviz.core.results.faithfulness import MapComparison


def named(study: CamStudy) -> Iterator[tuple[str, Explained]]:
    """Each target with what the names of its files begin with."""
    for target in study.targets:
        plus = target.layers[0].one.target.plus
        yield "" if len(study.targets) == 1 else f"class-{plus}-", target


def draw(study: CamStudy, drawing: CamDrawing, folder: Path) -> list[str]:
    """A sheet a target, and the curves of its test."""
    names = []
    for prefix, target in named(study):
        names.append(draw_sheet(study, target, drawing, folder, prefix))
        if target.proof is not None:
            names.append(f"{prefix}faithfulness.{drawing.form}")
            proof = MapComparison(target.proof.video, (target.proof,))
            chart = faithfulness_chart(proof, width=drawing.width, has_caption=drawing.has_caption)
            save_figure(chart, folder / names[-1], drawing.dpi)
    return names


def draw_sheet(study: CamStudy, target: Explained, drawing: CamDrawing, folder: Path, prefix: str) -> str:
    """Of one layer with its energy and the classes, or of every stage."""
    name = f"{prefix}{'stages' if study.is_by_stage else 'sheet'}.{drawing.form}"
    opacity, width, has_caption = drawing.opacity, drawing.width, drawing.has_caption
    scales = [choose_scale(drawing.scale, mosaic.highest) for mosaic in target.layers]
    if study.is_by_stage:
        figure = stages_sheet(target.layers, scales, opacity=opacity, width=width, has_caption=has_caption)
    else:
        (mosaic,), (scale,) = target.layers, scales
        figure = cam_sheet(mosaic, scale, study.top, opacity=opacity, width=width, has_caption=has_caption)
    save_figure(figure, folder / name, drawing.dpi)
    return name


def film(study: CamStudy, drawing: CamDrawing, folder: Path, on_step: OnStep) -> list[str]:
    """A video a target, of one layer."""
    if study.is_by_stage:
        return []
    names = []
    for prefix, target in named(study):
        (mosaic,) = target.layers
        names.append(f"{prefix}overlay.mp4")
        scale = choose_scale(drawing.scale, mosaic.highest)
        on_frame = counted(on_step, f"writing {names[-1]}", len(mosaic.span))
        path, height = folder / names[-1], drawing.overlay_height
        write_overlay(mosaic, path, scale, opacity=drawing.opacity, height=height, on_frame=on_frame)
    return names


def keep(study: CamStudy, folder: Path) -> list[str]:
    """Arrays of every target and layer."""
    names = []
    for prefix, target in named(study):
        for mosaic in target.layers:
            names.append(f"{prefix}{mosaic.one.layer}-maps.npz" if study.is_by_stage else f"{prefix}maps.npz")
            write_arrays(mosaic, folder / names[-1])
    return names
