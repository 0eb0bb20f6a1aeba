# The dense CRF: its Python module and its native tests.
if(FIGUREGROUND_BINDINGS)
  find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)
  find_package(nanobind CONFIG REQUIRED)
  nanobind_add_module(crf_native NB_STATIC bindings/crf.cpp)
  target_link_libraries(crf_native PRIVATE figureground_options)
  set_target_properties(crf_native PROPERTIES OUTPUT_NAME _native)
  install(TARGETS crf_native LIBRARY DESTINATION figureground/crf)
endif()
