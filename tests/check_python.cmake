# SPDX-License-Identifier: Apache-2.0
execute_process(COMMAND ${PYTHON} -c "import numpy, onnx, onnxruntime, safetensors, xxhash" RESULT_VARIABLE result ERROR_VARIABLE errors)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PYTHON} does not have the packages that tests need (${result}). Run:  make python\n${errors}")
endif()
