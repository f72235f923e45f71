"""Grad-CAM of torchvision's video models on a short moving square: any torch module becomes a model with `dtfviz.wrap`.

`python any_model.py mvit_v2_s` takes the third. The weights are random here; r3d_18(weights="DEFAULT") is a trained
model, for whoever has a network.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from torchvision.models import video

import dtfviz

folder = Path("square")
folder.mkdir(exist_ok=True)
for number in range(16):  # a folder of numbered images is a video too
    picture = np.full((128, 160, 3), 60, np.uint8)
    cv2.rectangle(picture, (4 * number, 40), (4 * number + 40, 80), (40, 160, 230), -1)
    cv2.imwrite(str(folder / f"{number:03}.png"), picture)

SIZES = {"r3d_18": 112, "swin3d_t": 64, "mvit_v2_s": 224}  # features, channels last, and tokens with a class token
for name in sys.argv[1:] or ("r3d_18", "swin3d_t"):
    model = dtfviz.wrap(getattr(video, name)(), frames=16, size=SIZES[name], name=name)
    cam = dtfviz.gradcam(model, folder, method="hirescam")
    print(
        f"{cam.model} ({cam.trust}) at {cam.layer}: {cam.target.label}, energy by step",
        *(f"{energy:.2g}" for energy in cam.energy),
    )
    print(dtfviz.save(cam, f"{name}.png"), dtfviz.save(cam, f"{name}.mp4"))
