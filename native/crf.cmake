# The dense CRF: its inner loops, once for each instruction set, its Python module and its tests.
function(add_inner_loops set sources)
  add_library(inner_loops_${set} OBJECT ${sources})
  target_link_libraries(inner_loops_${set} PRIVATE figureground_options)
  target_compile_definitions(inner_loops_${set} PRIVATE FIGUREGROUND_SET=${set})
  target_compile_options(inner_loops_${set} PRIVATE
    -ffp-contract=fast -Wno-psabi -Wno-uninitialized -Wno-maybe-uninitialized ${ARGN})
  target_link_libraries(figureground_crf INTERFACE inner_loops_${set}
                                                   $<TARGET_OBJECTS:inner_loops_${set}>)
endfunction()

add_library(figureground_crf INTERFACE)
target_link_libraries(figureground_crf INTERFACE figureground_options)
add_inner_loops(baseline "row_kernels.cpp;locate.cpp;weigh.cpp")
add_inner_loops(precise row_kernels.cpp -DFIGUREGROUND_PRECISE)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_definitions(figureground_crf INTERFACE FIGUREGROUND_X86)
  add_inner_loops(avx2 "row_kernels.cpp;locate.cpp;weigh.cpp" -mavx2 -mfma -mf16c)
  add_inner_loops(avx2_single row_kernels.cpp -DFIGUREGROUND_SINGLE -mavx2 -mfma -mf16c)
  add_inner_loops(avx512 "row_kernels.cpp;locate.cpp;weigh.cpp"
    -mavx512f -mavx512dq -mavx512vl -mavx2 -mfma -mf16c)
endif()

add_python_module(crf figureground_crf)
add_native_test(crf figureground_crf)
add_native_test(lattice figureground_crf)
