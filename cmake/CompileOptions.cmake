# SPDX-License-Identifier: Apache-2.0
# Compiler flags of every target. The program must run on any x86-64 processor, so no flag here selects instructions:
# functions that profit from wider ones are compiled several times and chosen at run time (src/base/vectorize.hpp).

add_library(millrace_options INTERFACE)
# g++ vectorises many loops only if sqrt need not set errno and comparisons may be evaluated early. Neither flag changes
# a result. Each instruction set may contract a product and a sum to a fused multiply-add.
target_compile_options(millrace_options INTERFACE -fno-math-errno -fno-trapping-math)
target_compile_options(millrace_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
                                                  -Wcast-align -Woverloaded-virtual)
# The API is called with designated initialisers that leave most fields at their defaults.
target_compile_options(millrace_options INTERFACE -Wno-missing-field-initializers)
# g++ 12 warns wrongly about memcpy inside std::string's operators (its bug 105651). AddressSanitizer finds such mistakes.
target_compile_options(millrace_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread>)
if(MILLRACE_WERROR)
  target_compile_options(millrace_options INTERFACE -Werror)
endif()
# Every index into a vector, a span or an array is checked (src/base/index.hpp).
if(CMAKE_BUILD_TYPE STREQUAL "Debug" OR NOT MILLRACE_SANITIZE STREQUAL "")
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")
# What an input could exploit ends the program instead: a stack that is written past its arrays, a copy that is longer
# than its place, a jump into the middle of a function. tests/cli/hardening_test.cpp looks at the program.
if(MILLRACE_SANITIZE STREQUAL "" AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()

if(MILLRACE_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined,float-cast-overflow -fno-omit-frame-pointer -fno-sanitize-recover=undefined,float-cast-overflow)
  add_link_options(-fsanitize=address,undefined)
elseif(MILLRACE_SANITIZE STREQUAL "fuzz")
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
elseif(MILLRACE_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(NOT MILLRACE_SANITIZE STREQUAL "")
  message(FATAL_ERROR "MILLRACE_SANITIZE is '${MILLRACE_SANITIZE}', expected address, thread, fuzz or an empty string")
endif()

# Headers that nearly every source includes, precompiled: saves a third of the build time, and millrace/model.hpp as much
# again in the program and its tests. Each source still includes the headers it uses; the debug preset, which has no
# precompiled header, checks that.
set(MILLRACE_PRECOMPILED <algorithm> <array> <atomic> <charconv> <chrono> <cmath> <cstdint> <filesystem> <fstream> <functional> <map>
    <memory> <mutex> <numeric> <optional> <set> <span> <sstream> <string> <string_view> <unordered_map> <utility> <variant> <vector>)
