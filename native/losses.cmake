# The losses: a header, a Python module.
add_python_module(losses figureground_loops)
