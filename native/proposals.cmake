# Geodesic object proposals: headers only, a Python module, native tests.
add_library(figureground_proposals INTERFACE)
target_link_libraries(figureground_proposals INTERFACE figureground_options)
# Square roots and comparisons may be vectorised: nobody reads errno or floating-point traps.
target_compile_options(figureground_proposals INTERFACE -fno-math-errno -fno-trapping-math)

if(FIGUREGROUND_BINDINGS)
  find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)
  find_package(nanobind CONFIG REQUIRED)
  nanobind_add_module(proposals_native NB_STATIC NOMINSIZE bindings/proposals.cpp)
  target_link_libraries(proposals_native PRIVATE figureground_proposals)
  set_target_properties(proposals_native PROPERTIES
    OUTPUT_NAME _native
    LIBRARY_OUTPUT_DIRECTORY proposals)
  install(TARGETS proposals_native LIBRARY DESTINATION figureground/proposals)
endif()

if(FIGUREGROUND_NATIVE_TESTS)
  add_executable(proposals_test tests/proposals.cpp)
  target_link_libraries(proposals_test PRIVATE figureground_proposals)
  add_test(NAME proposals COMMAND proposals_test)
endif()
