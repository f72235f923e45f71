from dtfviz.commands.options.figure import (
    cam_drawing_of,
    filter_drawing_of,
    form_option,
    formed_of,
    overlay_options,
    page_options,
    spectrum_options,
)
from dtfviz.commands.options.heading import bundling, command, option
from dtfviz.core.render.drawing import CamDrawing, Drawing, FilterDrawing


def drawing_by_default(*decorators):
    """What a command hears that takes these options and is given none."""
    heard = []

    def hear(drawing):
        heard.append(drawing)

    for decorator in reversed(decorators):
        hear = decorator(hear)
    command()(hear).main([], standalone_mode=False)
    return heard[0]


def test_figures_are_drawn_by_default_as_the_records_say():
    page = (form_option, page_options)
    assert drawing_by_default(*page, bundling("drawing", formed_of)) == Drawing()
    assert drawing_by_default(overlay_options, page_options, bundling("drawing", cam_drawing_of)) == CamDrawing()
    figure = option("Figure", "--figure", "is_figure", is_flag=True)
    bundles = (bundling("page", formed_of), bundling("drawing", filter_drawing_of))
    assert drawing_by_default(*page, spectrum_options, figure, *bundles) == FilterDrawing()
