"""Training: recipes, views of the data, the loop, checkpoints."""
