"""Models in, typed results out. Nothing here prints or knows click."""

import os

# read when OpenCV is imported, whose own limit lets a picture of less than one megabyte take five gigabytes
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", "100000000")
