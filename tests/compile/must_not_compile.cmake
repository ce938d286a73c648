# SPDX-License-Identifier: Apache-2.0
# CASE compiles as it is, and with -DWRONG it fails with the message that its line "// expected: REGEX" tells: an error
# for another reason proves nothing.
file(STRINGS ${CASE} expected REGEX "^// expected: ")
string(REPLACE "// expected: " "" expected "${expected}")
if(expected STREQUAL "")
  message(FATAL_ERROR "${CASE} has no line '// expected: REGEX'")
endif()

execute_process(COMMAND ${COMPILER} ${CASE} RESULT_VARIABLE result ERROR_VARIABLE errors)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "The right form does not compile either:\n${errors}")
endif()
execute_process(COMMAND ${COMPILER} -DWRONG ${CASE} RESULT_VARIABLE result ERROR_VARIABLE errors)
if(result EQUAL 0)
  message(FATAL_ERROR "The wrong form compiles.")
endif()
if(NOT errors MATCHES "${expected}")
  message(FATAL_ERROR "The wrong form fails, but not with '${expected}':\n${errors}")
endif()
