# Matching of boundaries: headers, a Python module, native tests.
add_python_module(evaluation figureground_loops)
add_native_test(evaluation figureground_loops)
