"""The paper's tables and figures, reproduced: one module each, over the same trained networks."""
