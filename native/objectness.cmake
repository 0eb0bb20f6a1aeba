# Objectness: sums over segments.
add_python_module(objectness figureground_options)
