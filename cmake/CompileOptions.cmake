# SPDX-License-Identifier: Apache-2.0
# Flags every target of the project is compiled with. What is shipped runs on any x86-64: wider instructions are
# chosen at run time, function by function (src/base/vectorize.hpp).

add_library(millrace_options INTERFACE)
# sqrt without errno, and comparisons that may be evaluated early: both are needed before g++ vectorises a loop.
# Neither changes a result. Contraction to fused multiply-add is left to each instruction set.
target_compile_options(millrace_options INTERFACE -fno-math-errno -fno-trapping-math)
target_compile_options(millrace_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
                                                  -Wcast-align -Woverloaded-virtual)
# Designated initialisers with defaults for the rest are the way this API is called.
target_compile_options(millrace_options INTERFACE -Wno-missing-field-initializers)
# g++ 12 warns about memcpy inside std::string's own operators (its bug 105651); AddressSanitizer watches what these would.
target_compile_options(millrace_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread>)
if(MILLRACE_WERROR)
  target_compile_options(millrace_options INTERFACE -Werror)
endif()
# Every index into a vector, a span or an array is checked (src/base/index.hpp).
if(CMAKE_BUILD_TYPE STREQUAL "Debug" OR NOT MILLRACE_SANITIZE STREQUAL "")
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")

if(MILLRACE_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined,float-cast-overflow -fno-omit-frame-pointer -fno-sanitize-recover=undefined,float-cast-overflow)
  add_link_options(-fsanitize=address,undefined)
elseif(MILLRACE_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(NOT MILLRACE_SANITIZE STREQUAL "")
  message(FATAL_ERROR "MILLRACE_SANITIZE is '${MILLRACE_SANITIZE}', expected address, thread or nothing")
endif()

# What nearly every source includes, compiled once: a third of the time of a build. Sources include what they use all the
# same: the debug preset builds without.
set(MILLRACE_PRECOMPILED <algorithm> <array> <atomic> <charconv> <chrono> <cmath> <cstdint> <filesystem> <fstream> <functional> <map>
    <memory> <mutex> <numeric> <optional> <set> <span> <sstream> <string> <string_view> <unordered_map> <utility> <variant> <vector>)
