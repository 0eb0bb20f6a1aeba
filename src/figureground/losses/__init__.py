"""The losses of the paper: softmax, positive-sharing, and the two fused.

Source: Liu & Lew, ICIP 2017. All object classes together are one positive class, whose
probability is 1 - p0; the positive-sharing term tells it from the background. The idea is that of
DeepContour (Shen et al., CVPR 2015), so any other partition of the classes may be given.
"""

from figureground.losses.fused import (
    FusedLoss,
    fused_loss,
    positive_sharing_loss,
    softmax_loss,
)

__all__ = ["FusedLoss", "fused_loss", "positive_sharing_loss", "softmax_loss"]
