import numpy as np

from dtfviz.core.render.time.importance.energy import energy_of_frames


def test_the_energy_of_a_map_with_a_step_a_frame_is_its_own(result):
    assert np.allclose(energy_of_frames(result), result.cam.energy)
