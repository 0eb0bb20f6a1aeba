# Objectness: sums over superpixels and segments. Headers, a Python module, native tests.
add_python_module(objectness figureground_options)
add_native_test(objectness figureground_options)
