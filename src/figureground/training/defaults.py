"""All keys that a recipe of the kind "segmentation" may have, with their defaults."""

from figureground.training.recipe import Recipe
from figureground.training.state import SCHEDULE

DEFAULTS: Recipe = {
    "root": "",
    "seed": 0,
    "threads": 0,
    "device": "auto",
    "precision": "float32",
    "tensorboard": False,
    "data": {"train": list, "held_out": {"path": str, "split": "train", "every": 5, "classes": []}},
    "network": {
        "backbone": "mobilenet_v2",
        "stride": 8,
        "hidden": 256,
        "dropout": 0.1,
        "head": "light",
        "backbone_weights": "",
        "start": "",
    },
    "views": {
        "crop": 320,
        "longest": 384,
        "smallest": 0.7,
        "largest": 1.4,
        "colour": 0.2,
        "label_every": 4,
    },
    "stem_cache": {"views": 0, "folder": "", "seed": 0},
    "loss": {
        "softmax_weight": 0.85,
        "positive_sharing_weight": 0.15,
        "sharing": "log",
        "reduction": "mean",
    },
    "schedule": {**SCHEDULE, "parts": 1, "held_out_every": 1},
}
