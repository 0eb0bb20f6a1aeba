# Geodesic object proposals: headers only, a Python module, native tests.
add_library(figureground_proposals INTERFACE)
target_link_libraries(figureground_proposals INTERFACE figureground_loops)

add_python_module(proposals figureground_proposals)
add_native_test(proposals figureground_proposals)
