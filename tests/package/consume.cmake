# Run by CTest. Variables: SOURCE_DIR, BUILD_DIR, WORK_DIR, GENERATOR, CXX_COMPILER.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    string(REPLACE ";" " " command "${ARGV}")
    message(FATAL_ERROR "${command}: ${result}\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK_DIR})
set(prefix ${WORK_DIR}/prefix)
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${prefix})

# Nothing but our own folder may lie on the users' include path.
file(GLOB installed RELATIVE ${prefix}/include ${prefix}/include/*)
if(NOT installed STREQUAL "racewalk")
  message(FATAL_ERROR "include/ contains ${installed}")
endif()

set(consumer ${WORK_DIR}/consumer)
run(${CMAKE_COMMAND} -S ${SOURCE_DIR}/tests/package/consumer -B ${consumer} -G ${GENERATOR} -DBUILD_TESTING=OFF
    -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_CXX_COMPILER=${CXX_COMPILER})
run(${CMAKE_COMMAND} --build ${consumer})
run(${consumer}/consumer)
run(${prefix}/bin/racewalk --help)

# Without tests, racewalk needs no test library.
run(${CMAKE_COMMAND} -S ${SOURCE_DIR} -B ${WORK_DIR}/without_tests -G ${GENERATOR} -DBUILD_TESTING=OFF
    -DCMAKE_CXX_COMPILER=${CXX_COMPILER} -DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON
    -DCMAKE_DISABLE_FIND_PACKAGE_rapidcheck=ON -DCMAKE_DISABLE_FIND_PACKAGE_benchmark=ON)
file(REMOVE_RECURSE ${WORK_DIR})
