"""Every set of words that an option offers, once: plain tuples, so that listing and completing them loads nothing."""

MOST_FRAMES, MOST_SIDE, MOST_STRIDE = 4096, 4096, 10_000  # of a clip: frames, pixels of a side, video frames apart
CROPS = ("center", "left", "right", "full")  # left is the top of a portrait video, right its bottom
THREE = ("left", "center", "right")  # together they see all of a frame of usual proportions
ORDERS = ("normal", "reversed", "shuffled", "frozen", "frozen-middle", "half-rate")  # of a clip's frames
FORMS = ("png", "svg", "pdf")  # of figures
VIEWS = ("raw", "effective", "both")  # of a filter: as predicted, and after mixing, norm and alpha
RELEASED, PAPER = FILTER_LAYOUTS = ("released", "paper")  # how the channels of a DTF block share filters
INPUT_LAYOUTS = ("BCTHW", "BTCHW")  # of what a model takes; ours take the first
METHODS = (  # of class activation maps
    "gradcam",
    "gradcam++",
    "hirescam",
    "xgradcam",
    "layercam",
    "elementwise",
    "eigencam",
    "eigengradcam",
    "kpca",
    "fem",
    "random",
)
BLANKS = ("raise", "keep")  # of a map on which nothing speaks for the target
MEASURES = (  # of how active a filter is
    "kernel",
    "kernel_dc",
    "kernel_ac",
    "raw",
    "raw_dc",
    "raw_ac",
    "effective",
    "effective_dc",
    "effective_ac",
    "kernel_change",
    "raw_change",
    "effective_change",
    "kernel_ac_fraction",
    "ac_fraction",
    "feature_variance",
    "pixel_variance",
)
# of what the filter itself tells, the best to separate what moves: benchmarks/filters.py
DEFAULT_MEASURE = "kernel_change"
MOTIONS = (  # classes of generated motion
    "static",
    "move-left",
    "move-right",
    "move-up",
    "move-down",
    "rotate-cw",
    "rotate-ccw",
    "zoom-in",
    "zoom-out",
    "swing-slow",
    "swing-fast",
    "blink-slow",
    "blink-fast",
    "jitter",
)
TEMPORAL = (  # operators of a block: models/dtf/temporal.py defines them
    "none",
    "shift",
    "dtf_1d",
    "dtf_1d+",
    "dtf_f",
    "dtf_nofa",
    "dtf_agg",
    "dtf_cor",
    "dtf",
)
RECIPES = ("motion", "focused", "paper", "released")  # of a training
ANSWERS = ("classes", "timeline")  # of a model: once for a clip, or at every step
ACTIVATIONS = ("softmax", "sigmoid")  # of its scores: classes that exclude each other, or labels that do not
POOLS = ("max", "mean")  # of a class over time
OTHER_COUNTERS = ("fvcore", "ptflops", "thop", "calflops", "torchinfo")  # of multiply-adds, that may be installed
