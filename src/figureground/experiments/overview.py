"""The head of the report: what was done, what was chosen, and what differs from the paper."""

from collections.abc import Sequence

import figureground
from figureground.experiments.choosing import choose_weight
from figureground.experiments.measuring import Trained
from figureground.report.section import Section, Table


def section(trained: Trained, names: Sequence[str], *, compares: bool) -> Section:
    """What a reader must know to judge the tables, and to make them again.

    Args:
        trained: the networks.
        names: of the experiments.
        compares: whether there are both losses' networks, refined, and not the sweep alone.
    """
    study, scale = trained.study, trained.study.scale
    weight = choose_weight(study)
    facts = {
        "scale": f"{scale.name}: {scale.about}",
        "figures are of": f"{len(trained.samples)} photos, {trained.samples.name}, split "
        f"{trained.samples.split}; nothing was trained or chosen on them",
        "mean IoU is over": ", ".join(study.classes),
        "choices were made on": f"{len(study.held_out)} photos of train that no run was trained on",
        "seeds": ", ".join(map(str, scale.seeds)),
        "recipe": f"{scale.recipe}, {'; '.join(scale.settings)}",
        "stages": " → ".join(
            f"FCN-{stage.stride}s ({', '.join(stage.settings)})" for stage in scale.stages
        ),
        "version": f"figureground {figureground.__version__}",
    }
    chosen = {"loss": f"Ws = {1 - weight:.1f}, Wp = {weight:.1f}"}
    if compares:
        crf, objectness = trained.refining.crf, trained.refining.objectness
        chosen["CRF, for both sides"] = (
            f"Gaussian: sxy {crf.narrow:.3g}, weight {crf.weights[0]:.3g}; bilateral: sxy "
            f"{crf.sxy:.3g}, srgb {crf.srgb:.3g}, weight {crf.weights[1]:.3g}"
        )
        chosen["weight of the objectness"] = ", ".join(
            f"{kind} {value:g}" for kind, value in objectness.items()
        )
    command = f"figureground reproduce {' '.join(names)} --scale {scale.name} --data DIR"
    return Section(
        "The study",
        [
            "Y. Liu and M. S. Lew, Improving the Discrimination Between Foreground and Background "
            "for Semantic Segmentation, ICIP 2017: their tables and figures, trained and measured "
            "anew. Values that the publication does not give (Ws, Wp, rates, the CRF's and the "
            "proposals' parameters) are chosen here on photos held out of train.",
            f"Made by `{command}`. The paper's own figures stand beside ours; they are of VGG-16 "
            "and all of PASCAL VOC 2012, and cannot be expected where data or backbone differ: "
            "what can be compared is the direction and the size of the differences.",
        ],
        [
            Table("study", "What was done.", ["", ""], list(facts.items())),
            Table(
                "chosen", "What was chosen on the photos held out.", ["", ""], list(chosen.items())
            ),
        ],
        metrics={**facts, **chosen},
    )
