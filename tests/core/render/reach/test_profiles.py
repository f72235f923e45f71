from dataclasses import replace

import numpy as np
import pytest
from found import span
from pictures import assert_legible

from dtfviz.core.render.reach.profiles import profile_chart


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_profiles_of_several_models_stand_on_common_axes(reach, width):
    time = span(16, 0, 4, stride=0, size=16, maker="layer3.5.dtf_blk (DTFBlock)")
    everywhere = replace(
        reach,
        theory=replace(reach.theory, layers=(replace(reach.spans, time=time),)),
        profiles=np.full((2, 16), 1 / 16),
    )
    figure = profile_chart({"dtf_net_r50": everywhere, "c2d_r50": reach}, width=width)
    assert_legible(figure)
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    assert [axes.get_title(loc="left").partition(",")[0] for axes in figure.axes] == [
        "dtf_net_r50: 16 of 16 frames",
        "c2d_r50: 12 of 16 frames",
    ]
    assert len({axes.collections[0].get_color().tobytes() for axes in figure.axes}) == 2  # global in time or not
