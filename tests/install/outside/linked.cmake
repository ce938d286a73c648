# SPDX-License-Identifier: Apache-2.0
# Runs PROGRAM, and fails unless it loads libmillrace.so if SHARED is true and does not load it if SHARED is false.
execute_process(COMMAND ${PROGRAM} model.onnx COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ldd ${PROGRAM} OUTPUT_VARIABLE libraries COMMAND_ERROR_IS_FATAL ANY)
if(libraries MATCHES "libmillrace\\.so\\.[0-9]+\\.[0-9]+ => /")
  set(loads ON)
else()
  set(loads OFF)
endif()
if(NOT loads STREQUAL SHARED)
  message(FATAL_ERROR "${PROGRAM} loads libmillrace.so: ${loads}, expected: ${SHARED}\n${libraries}")
endif()
