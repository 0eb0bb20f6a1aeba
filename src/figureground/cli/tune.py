"""figureground tune: fit the CRF's kernels to a network on a training split."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from figureground.cli.common import emit
from figureground.cli.options import JsonOption


def tune(
    dataset: Annotated[Path, typer.Argument(help="A folder in PASCAL VOC's layout.")],
    probabilities: Annotated[
        Path, typer.Option(help="Folder of <image stem>.npy, (C, H, W), from the network.")
    ],
    split: Annotated[str, typer.Option(help="Never the one you evaluate on.")] = "train",
    trials: Annotated[int, typer.Option(min=1, help="Settings to try.")] = 30,
    gradient_steps: Annotated[
        int, typer.Option(min=0, help="Gradient steps on the weights afterwards (torch).")
    ] = 0,
    limit: Annotated[int, typer.Option(min=0, help="Use only so many photos; 0 is all.")] = 0,
    seed: Annotated[int, typer.Option(help="Of the search.")] = 0,
    json: JsonOption = False,
) -> None:
    """Search the kernels' scales and weights; report the gain on the half not tuned on."""
    from figureground.arrays import as_probabilities
    from figureground.crf.tune import Example, Pairs
    from figureground.crf.tune import tune as search
    from figureground.data.voc import voc
    from figureground.evaluation import ConfusionMatrix
    from figureground.files import read_array

    samples = voc(dataset, split)
    examples = []
    for sample in samples[: limit or len(samples)]:
        image, labels = sample.pair()
        path = probabilities / f"{sample.name}.npy"
        p = as_probabilities(read_array(path), labels.shape, name=str(path))
        examples.append(Example(image, p, labels))

    def mean_iou(pairs: Pairs) -> float:
        matrix = ConfusionMatrix(samples.classes)
        for predicted, truth in pairs:
            matrix.add(predicted, truth)
        return float(matrix.mean_iou)

    report = search(examples, mean_iou, trials, seed, gradient_steps)
    if json:
        emit(asdict(report))
        return
    s = report.setting
    typer.echo(
        f"best of {report.tried}: Gaussian(sxy={s.narrow:.3g}, compat={s.weights[0]:.3g}), "
        f"Bilateral(sxy={s.sxy:.3g}, srgb={s.srgb:.3g}, compat={s.weights[1]:.3g})"
    )
    typer.echo(
        f"mean IoU on the other half: network {report.network:.4f}, "
        f"default CRF {report.default:.4f}, tuned {report.tuned:.4f}"
    )
