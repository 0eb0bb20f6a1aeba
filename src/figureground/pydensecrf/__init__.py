"""pydensecrf's names over figureground's CRF.

`import figureground.pydensecrf.densecrf as dcrf` and `from figureground.pydensecrf.utils import
unary_from_softmax` run programs written for pydensecrf, with the same results to the lattice's
error. Signs and orders of arguments are pydensecrf's, also where figureground's own differ.
"""
