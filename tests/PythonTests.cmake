# SPDX-License-Identifier: Apache-2.0
# Runs every python/*_test.py, in the environment that `make python` makes. The tests call the program as users do. Building
# needs no Python; a test without its environment fails and says what to do.

set(MILLRACE_PYTHON ${PROJECT_SOURCE_DIR}/build/python/bin/python CACHE FILEPATH "Python that has the packages of scripts/python_requirements.txt")
if(NOT EXISTS ${MILLRACE_PYTHON})
  message(WARNING "Tests in Python need ${MILLRACE_PYTHON}, which does not exist. Run:  make python")
endif()

add_test(NAME python.environment COMMAND ${CMAKE_COMMAND} -DPYTHON=${MILLRACE_PYTHON} -P ${CMAKE_CURRENT_LIST_DIR}/check_python.cmake)
set_tests_properties(python.environment PROPERTIES FIXTURES_SETUP python LABELS python)

# millrace_add_python_test(NAME script [arguments])
function(millrace_add_python_test name script)
  add_test(NAME ${name} COMMAND ${MILLRACE_PYTHON} -B ${script} ${ARGN})
  set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED python LABELS python
    ENVIRONMENT "MILLRACE_PROGRAM=$<TARGET_FILE:millrace_cli>;MILLRACE_ROOT=${PROJECT_SOURCE_DIR}")
endfunction()

file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/python/*_test.py)
foreach(script ${scripts})
  cmake_path(GET script STEM name)
  millrace_add_python_test(python.${name} ${script})
endforeach()
