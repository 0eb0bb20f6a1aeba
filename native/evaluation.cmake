# Matching of boundaries: headers, a Python module.
add_python_module(evaluation figureground_loops)
