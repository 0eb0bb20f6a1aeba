"""What the proposal stage returns."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figureground.errors import InputError
from figureground.proposals.rle import coco_rle


@dataclass(frozen=True)
class SuperpixelGraph:
    """Which superpixels touch, and how strong the boundary between them is.

    Attributes:
        edges: (E, 2) int32, pairs of superpixels that touch, the lower label first.
        strengths: (E,) float32 in [0, 1], lower quartile of the boundary map along the edge.
        lengths: (E,) int32, 4-neighbour pixel pairs between the two.
    """

    edges: NDArray[np.int32]
    strengths: NDArray[np.float32]
    lengths: NDArray[np.int32]


@dataclass(frozen=True)
class Proposals:
    """Segments that may be objects, the best first.

    Attributes:
        superpixels: (H, W) int32, labels 0..S-1; each label is one 4-connected region.
        segments: (P, S) bool, the superpixels of each segment.
        scores: (P,) float32, descending: how much the distance rises at the segment's edge.
        boxes: (P, 4) int32, x0 y0 x1 y1 in pixels; x1 and y1 are exclusive.
        seeds: the superpixels that the segments were grown from, in the order they were found.
        graph: the superpixel graph.
    """

    superpixels: NDArray[np.int32]
    segments: NDArray[np.bool_]
    scores: NDArray[np.float32]
    boxes: NDArray[np.int32]
    seeds: NDArray[np.int32]
    graph: SuperpixelGraph

    def __len__(self) -> int:
        """The number of segments."""
        return len(self.segments)

    def mask(self, k: int) -> NDArray[np.bool_]:
        """Return segment k as a mask, (H, W) bool."""
        if not -len(self) <= k < len(self):
            raise InputError(f"k: there are {len(self)} proposals, got {k}")
        mask: NDArray[np.bool_] = self.segments[k][self.superpixels]
        return mask

    def best(self, count: int) -> "Proposals":
        """Return the first `count` segments alone; all of them where there are fewer."""
        return replace(
            self,
            segments=self.segments[:count],
            scores=self.scores[:count],
            boxes=self.boxes[:count],
        )

    def masks(self) -> NDArray[np.bool_]:
        """Return all segments as masks, (P, H, W) bool; P times the size of the photo."""
        masks: NDArray[np.bool_] = self.segments[:, self.superpixels]
        return masks

    def to_coco(self, image_id: int = 0) -> list[dict[str, Any]]:
        """Return COCO results: RLE segmentation, bbox x y w h, area and score of every segment.

        pycocotools and all that builds on it read these. The category is always 1.
        """
        height, width = self.superpixels.shape
        areas = self.segments @ np.bincount(self.superpixels.ravel())
        return [
            {
                "image_id": image_id,
                "category_id": 1,
                "segmentation": {"size": [height, width], "counts": coco_rle(self.mask(k))},
                "bbox": [int(x0), int(y0), int(x1 - x0), int(y1 - y0)],
                "area": int(areas[k]),
                "score": float(self.scores[k]),
            }
            for k, (x0, y0, x1, y1) in enumerate(self.boxes)
        ]

    def to_supervision(self) -> Any:
        """Return `supervision.Detections` with boxes, masks and scores; class 0 for all.

        Masks take the photo's size each: call `best(n)` first.
        """
        try:
            from supervision import Detections
        except ImportError:
            raise InputError("to_supervision: needs the package supervision; install it") from None
        return Detections(
            xyxy=self.boxes.astype(np.float32),
            mask=self.masks(),
            confidence=self.scores,
            class_id=np.zeros(len(self), int),
        )
