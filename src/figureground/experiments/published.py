"""The paper's own figures: PASCAL VOC 2012 val, VGG-16, 21 classes, percent (Liu & Lew 2017)."""

MEAN_IOU = {
    "softmax": (59.61, 62.52, 62.91),
    "fused": (60.22, 63.05, 63.35),
    "fused + CRF": (63.21, 66.05, 66.42),
    "fused + POS-CRF": (63.55, 66.42, 66.71),
    "softmax + CRF": (62.64, 65.45, 65.85),
}
"""By FCN-32s, 16s, 8s."""

RECALL = {
    "softmax + CRF": (68.65, 72.58, 74.98),
    "fused + POS-CRF": (70.84, 74.71, 77.15),
}
