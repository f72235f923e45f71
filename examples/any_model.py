"""Grad-CAM of torchvision's r3d_18 on a short moving square: any torch module becomes a model with `dtfviz.wrap`.

The weights are random here; r3d_18(weights="DEFAULT") is a trained model, for whoever has a network.
"""

from pathlib import Path

import cv2
import numpy as np
from torchvision.models.video import r3d_18

import dtfviz
from dtfviz.core.clip import Sampling

folder = Path("square")
folder.mkdir(exist_ok=True)
for number in range(16):  # a folder of numbered images is a video too
    picture = np.full((128, 160, 3), 60, np.uint8)
    cv2.rectangle(picture, (4 * number, 40), (4 * number + 40, 80), (40, 160, 230), -1)
    cv2.imwrite(str(folder / f"{number:03}.png"), picture)

model = dtfviz.wrap(r3d_18(), frames=16, size=112, name="r3d_18", default_layer="layer3")
clip = dtfviz.read_clip(folder, Sampling(16), 112)
cam = dtfviz.gradcam(model, clip)
print(f"{cam.model} ({cam.trust}) at {cam.layer}: {cam.target.label}, energy by step {cam.energy.round(2)}")
print(dtfviz.save(cam, "any_model.png"), dtfviz.save(cam, "any_model.mp4"))
