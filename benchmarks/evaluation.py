"""What an evaluation costs beyond network, proposals and POS-CRF, and whether its memory grows.

    python benchmarks/evaluation.py DATASET --split val --photos 40

Goes through the photos with the parts alone and with the whole evaluation, in turn, and prints the
ratio of the times; then the memory of the process after each quarter of a longer evaluation.
"""

import argparse
import resource
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from figureground.data import Samples, open_samples
from figureground.evaluation.segmentation import Predictor, Row, evaluate_segmentation
from figureground.networks import load_network
from figureground.pipeline import Refiner, most_probable
from figureground.threads import map_in_order, thread_count

ROW = Row("pos", objectness="votes")


def parts_alone(samples: Samples, predictor: Predictor) -> float:
    """Seconds of network, proposals, votes and CRF, on as many photos at a time."""

    def segment(index: int) -> int:
        image = samples[index].image()
        refiner = Refiner(image, threads=1)
        probabilities = predictor.predict(samples[index], image)
        return int(most_probable(refiner.refined(probabilities, "pos", objectness="votes")).sum())

    start = time.perf_counter()
    list(map_in_order(segment, range(len(samples)), thread_count(None)))
    return time.perf_counter() - start


def whole(samples: Samples, predictor: Predictor) -> float:
    """Seconds of the evaluation."""
    start = time.perf_counter()
    evaluate_segmentation(samples, samples.classes, predictor, [ROW])
    return time.perf_counter() - start


def watched(items: Sequence[int], _label: str) -> Iterable[int]:
    """Print the memory after every quarter."""

    def steps() -> Iterator[int]:
        for done, item in enumerate(items, 1):
            yield item
            if done % max(1, len(items) // 4) == 0:
                used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                print(f"after {done:5d} photos  {used:6.0f} MB at most")

    return steps()


def main() -> None:
    """Time both in turn, then watch the memory."""
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--split")
    parser.add_argument("--photos", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    samples = open_samples(given.dataset, given.split)
    network = load_network(threads=1)
    predictor = Predictor(lambda _, image: network(image), network.classes, "embedded")
    part = samples[: given.photos]
    for _ in range(given.rounds):
        bare, full = parts_alone(part, predictor), whole(part, predictor)
        print(f"parts {bare:.1f} s  evaluation {full:.1f} s  ratio {full / bare:.3f}")
    evaluate_segmentation(samples, samples.classes, predictor, [ROW], progress=watched)


if __name__ == "__main__":
    main()
