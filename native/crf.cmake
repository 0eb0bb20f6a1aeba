# The dense CRF: its inner loops, once for each instruction set, its Python module and its tests.
function(add_row_kernels set)
  add_library(row_kernels_${set} OBJECT row_kernels.cpp)
  target_link_libraries(row_kernels_${set} PRIVATE figureground_options)
  target_compile_definitions(row_kernels_${set} PRIVATE FIGUREGROUND_SET=${set})
  target_compile_options(row_kernels_${set} PRIVATE -ffp-contract=fast -Wno-psabi -Wno-maybe-uninitialized ${ARGN})
  target_link_libraries(figureground_crf INTERFACE row_kernels_${set}
                                                   $<TARGET_OBJECTS:row_kernels_${set}>)
endfunction()

add_library(figureground_crf INTERFACE)
target_link_libraries(figureground_crf INTERFACE figureground_options)
add_row_kernels(baseline)
add_row_kernels(precise -DFIGUREGROUND_PRECISE)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_definitions(figureground_crf INTERFACE FIGUREGROUND_X86)
  add_row_kernels(avx2 -mavx2 -mfma -mf16c)
endif()

add_python_module(crf figureground_crf)
add_native_test(crf figureground_crf)
