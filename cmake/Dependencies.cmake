# SPDX-License-Identifier: Apache-2.0
# Finds the libraries that millrace is built from. If one is missing, the message names its Debian package; packages.txt
# lists them all.

macro(millrace_require name package)
  find_package(${name} ${ARGN} QUIET)
  if(NOT ${name}_FOUND)
    message(FATAL_ERROR "millrace needs ${name}, which was not found.\n"
                        "On Debian:  apt-get install ${package}    (or all at once:  make packages)")
  endif()
endmacro()

set(THREADS_PREFER_PTHREAD_FLAG ON)
millrace_require(Threads libc6-dev)
millrace_require(dnnl libdnnl-dev CONFIG)
millrace_require(TBB libtbb-dev CONFIG)
millrace_require(OpenMP g++)
millrace_require(Protobuf libprotobuf-dev)
millrace_require(ONNX libonnx-dev CONFIG)
# ONNX 1.12 (Debian 12) exports its targets without a namespace, 1.17 (Debian 13) with one.
if(TARGET ONNX::onnx)
  set(onnx_targets ONNX::onnx ONNX::onnx_proto)
else()
  set(onnx_targets onnx onnx_proto)
endif()
millrace_require(ZLIB zlib1g-dev)
millrace_require(CLI11 libcli11-dev CONFIG)
millrace_require(tomlplusplus libtomlplusplus-dev CONFIG)
millrace_require(nlohmann_json nlohmann-json3-dev CONFIG)

# Headers that have no CMake package in Debian 12.
function(millrace_require_header target header package)
  string(TOUPPER ${target} variable)
  find_path(${variable}_INCLUDE_DIR ${header})
  if(NOT ${variable}_INCLUDE_DIR)
    message(FATAL_ERROR "millrace needs the header ${header}, which was not found.\n"
                        "On Debian:  apt-get install ${package}    (or all at once:  make packages)")
  endif()
endfunction()
millrace_require_header(fast_float fast_float/fast_float.h libfast-float-dev)
millrace_require_header(xxhash xxhash.h libxxhash-dev)
# libzstd has a CMake package in some systems and not in Debian 12.
millrace_require_header(zstd zstd.h libzstd-dev)
find_library(ZSTD_LIBRARY zstd NO_CACHE)
if(NOT ZSTD_LIBRARY)
  message(FATAL_ERROR "millrace needs libzstd, which was not found.\nOn Debian:  apt-get install libzstd-dev")
endif()
# OpenBLAS is opened at run time, by the first plan that picks it (src/kernels/openblas.cpp). It must be the OpenMP
# build: it starts no threads of its own, and unlike the serial build several threads may call it at once.
find_library(MILLRACE_OPENBLAS NAMES libopenblas.so.0 openblas PATH_SUFFIXES openblas-openmp NO_CACHE)
if(NOT MILLRACE_OPENBLAS MATCHES "openblas-openmp")
  message(FATAL_ERROR "millrace needs the OpenMP build of OpenBLAS, which was not found.\n"
                      "On Debian:  apt-get install libopenblas0-openmp    (or all at once:  make packages)")
endif()

if(NOT TARGET CLI11::CLI11)
  message(FATAL_ERROR "The CLI11 that was found has no target CLI11::CLI11: install libcli11-dev 2.1 or newer")
endif()

# Libraries that millrace links to. Whoever links to the static library needs them, too (millraceConfig.cmake.in).
add_library(millrace_dependencies INTERFACE)
target_link_libraries(millrace_dependencies INTERFACE DNNL::dnnl TBB::tbb OpenMP::OpenMP_CXX ${onnx_targets} protobuf::libprotobuf
                                                      ZLIB::ZLIB zstd Threads::Threads ${CMAKE_DL_LIBS})
# Libraries that are headers only: users of an installed millrace do not need them.
add_library(millrace_headers INTERFACE)
target_link_libraries(millrace_headers INTERFACE nlohmann_json::nlohmann_json)
# The library would convert any number of JSON to the type of a variable in silence: json_numbers.hpp.
target_compile_definitions(millrace_headers INTERFACE JSON_USE_IMPLICIT_CONVERSIONS=0)

if(MILLRACE_TESTS)
  millrace_require(GTest libgtest-dev CONFIG)
endif()
if(MILLRACE_BENCHMARKS)
  millrace_require(benchmark libbenchmark-dev CONFIG)
endif()
