# The losses: a header, a Python module.
if(FIGUREGROUND_BINDINGS)
  find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)
  find_package(nanobind CONFIG REQUIRED)
  nanobind_add_module(losses_native NB_STATIC NOMINSIZE bindings/losses.cpp)
  # Comparisons may be vectorised: nobody reads floating-point traps.
  target_compile_options(losses_native PRIVATE -fno-math-errno -fno-trapping-math)
  target_link_libraries(losses_native PRIVATE figureground_options)
  set_target_properties(losses_native PROPERTIES
    OUTPUT_NAME _native
    LIBRARY_OUTPUT_DIRECTORY losses)
  install(TARGETS losses_native LIBRARY DESTINATION figureground/losses)
endif()
