# SPDX-License-Identifier: Apache-2.0
# Runs every python/*_test.py, in the environment that `make python` makes. The tests call the program as users do. Building
# needs no Python; a test without its environment fails and says what to do.

if(NOT EXISTS ${MILLRACE_PYTHON_EXECUTABLE})
  message(WARNING "Tests in Python need ${MILLRACE_PYTHON_EXECUTABLE}, which does not exist. Run:  make python")
endif()

add_test(NAME python.environment COMMAND ${CMAKE_COMMAND} -DPYTHON=${MILLRACE_PYTHON_EXECUTABLE} -P ${CMAKE_CURRENT_LIST_DIR}/check_python.cmake)
set_tests_properties(python.environment PROPERTIES FIXTURES_SETUP python LABELS python)

# millrace_add_python_test(NAME script [arguments])
function(millrace_add_python_test name script)
  add_test(NAME ${name} COMMAND ${MILLRACE_PYTHON_EXECUTABLE} -B ${script} ${ARGN})
  set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED python LABELS python
    ENVIRONMENT "MILLRACE_PROGRAM=$<TARGET_FILE:millrace_cli>;MILLRACE_ROOT=${PROJECT_SOURCE_DIR}")
endfunction()

file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/python/*_test.py)
foreach(script ${scripts})
  cmake_path(GET script STEM name)
  millrace_add_python_test(python.${name} ${script})
endforeach()

# The tests of the Python package, with pytest, of the extension in ${CMAKE_BINARY_DIR}/python.
file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/python/package/*_test.py)
# Several processes need an mpirun. Without one there are no such tests, and `make test` says so.
if(NOT MILLRACE_OPENMPI_MPIRUN AND NOT MILLRACE_MPICH_MPIRUN)
  list(FILTER scripts EXCLUDE REGEX "/cluster_test.py$")
endif()
foreach(script ${scripts})
  cmake_path(GET script STEM name)
  if(TARGET millrace_python)
    add_test(NAME python.package.${name} COMMAND ${MILLRACE_PYTHON_EXECUTABLE} -B -m pytest -q -p no:cacheprovider ${script})
    set_tests_properties(python.package.${name} PROPERTIES FIXTURES_REQUIRED python LABELS python
      ENVIRONMENT "PYTHONPATH=${CMAKE_BINARY_DIR}/python;MILLRACE_PROGRAM=$<TARGET_FILE:millrace_cli>")
  elseif(NOT MILLRACE_SANITIZE)
    add_test(NAME python.package.${name} COMMAND ${CMAKE_COMMAND} -E echo "The Python package was not built. Run:  make python")
    set_tests_properties(python.package.${name} PROPERTIES LABELS python FAIL_REGULAR_EXPRESSION "was not built")
  endif()
endforeach()
