# Matching of boundaries: headers, a Python module.
if(FIGUREGROUND_BINDINGS)
  find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)
  find_package(nanobind CONFIG REQUIRED)
  nanobind_add_module(evaluation_native NB_STATIC NOMINSIZE bindings/evaluation.cpp)
  # The thinning takes square roots in loops: nobody reads errno or floating-point traps.
  target_compile_options(evaluation_native PRIVATE -fno-math-errno -fno-trapping-math)
  target_link_libraries(evaluation_native PRIVATE figureground_options)
  set_target_properties(evaluation_native PROPERTIES
    OUTPUT_NAME _native
    LIBRARY_OUTPUT_DIRECTORY evaluation)
  install(TARGETS evaluation_native LIBRARY DESTINATION figureground/evaluation)
endif()
