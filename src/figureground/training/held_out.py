"""Measuring a torch network on photos that it is not trained on."""

from figureground.data import Samples
from figureground.evaluation import ConfusionMatrix
from figureground.networks.torch.fcn import SegmentationNetwork
from figureground.networks.torch.saved import TorchNetwork


def measure(
    network: SegmentationNetwork, samples: Samples, longest: int
) -> tuple[ConfusionMatrix, float]:
    """The confusion matrix, and the share of pixels predicted as foreground."""
    predict = TorchNetwork(network, samples.classes, longest)
    matrix, foreground, pixels = ConfusionMatrix(samples.classes), 0, 0
    for sample in samples:
        image, truth = sample.pair()
        labels = predict.scores(image).argmax(axis=0)
        matrix.add(labels, truth)
        foreground, pixels = foreground + int((labels > 0).sum()), pixels + labels.size
    return matrix, foreground / max(1, pixels)
