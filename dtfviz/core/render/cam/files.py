"""The files of a study of maps: a sheet, an overlay and arrays a target, or one sheet of all stages."""

from collections.abc import Iterator
from pathlib import Path

from dtfviz.core.render.cam.arrays import write_arrays
from dtfviz.core.render.cam.faithfulness.figure import faithfulness_chart
from dtfviz.core.render.cam.overlay import write_overlay
from dtfviz.core.render.cam.sanity.figure import sanity_chart
from dtfviz.core.render.cam.sheet import cam_sheet, stages_sheet
from dtfviz.core.render.drawing import CamDrawing
from dtfviz.core.render.kinds import OnStep, counted
from dtfviz.core.render.style.colour import choose_scale
from dtfviz.core.render.style.figures import save_figure
from dtfviz.core.results.cam import CamStudy, Explained, Mosaic
from dtfviz.core.results.faithfulness import MapComparison


def named(study: CamStudy) -> Iterator[tuple[str, Explained]]:
    """Each target with what the names of its files begin with."""
    for target in study.targets:
        plus = target.layers[0].one.target.plus
        yield "" if len(study.targets) == 1 else f"class-{plus}-", target


def draw(study: CamStudy, drawing: CamDrawing, folder: Path) -> list[str]:
    """A sheet a target and layer, one of all stages beside each other, and the curves of a target's tests."""
    names = []
    for prefix, target in named(study):
        if study.is_by_stage:
            names.append(draw_stages(target, drawing, folder, prefix))
        for stem, mosaic in shown_of(study, target, prefix):
            names.append(f"{stem}sheet.{drawing.form}")
            draw_sheet(study, mosaic, drawing, folder / names[-1])
        if target.proof is not None:
            names.append(f"{prefix}faithfulness.{drawing.form}")
            proof = MapComparison(target.proof.video, (target.proof,))
            chart = faithfulness_chart(proof, width=drawing.width, has_caption=drawing.has_caption)
            save_figure(chart, folder / names[-1], drawing.dpi)
        if target.sanity is not None:
            names.append(f"{prefix}sanity.{drawing.form}")
            chart = sanity_chart(target.sanity, width=drawing.width, has_caption=drawing.has_caption)
            save_figure(chart, folder / names[-1], drawing.dpi)
    return names


def shown_of(study: CamStudy, target: Explained, prefix: str) -> list[tuple[str, Mosaic]]:
    """The maps that have a sheet and an overlay of their own, with what the names of these begin with."""
    if not study.is_by_stage:
        return [(prefix, mosaic) for mosaic in target.layers]
    return [(f"{prefix}{mosaic.one.layer}-", mosaic) for mosaic in target.layers if mosaic.highest > 0]


def draw_sheet(study: CamStudy, mosaic: Mosaic, drawing: CamDrawing, path: Path) -> None:
    """Of one layer, with its energy and the classes."""
    opacity, width, has_caption = drawing.opacity, drawing.width, drawing.has_caption
    scale = choose_scale(drawing.scale, mosaic.highest)
    figure = cam_sheet(mosaic, scale, study.top, opacity=opacity, width=width, has_caption=has_caption)
    save_figure(figure, path, drawing.dpi)


def draw_stages(target: Explained, drawing: CamDrawing, folder: Path, prefix: str) -> str:
    """Of every stage; gives the name of the figure."""
    opacity, width, has_caption = drawing.opacity, drawing.width, drawing.has_caption
    scales = [choose_scale(drawing.scale, mosaic.highest) for mosaic in target.layers]
    figure = stages_sheet(target.layers, scales, opacity=opacity, width=width, has_caption=has_caption)
    save_figure(figure, folder / f"{prefix}stages.{drawing.form}", drawing.dpi)
    return f"{prefix}stages.{drawing.form}"


def film(study: CamStudy, drawing: CamDrawing, folder: Path, on_step: OnStep) -> list[str]:
    """A video a target and layer."""
    names = []
    for stem, mosaic in (pair for prefix, target in named(study) for pair in shown_of(study, target, prefix)):
        names.append(f"{stem}overlay.mp4")
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
