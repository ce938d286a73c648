// SPDX-License-Identifier: Apache-2.0
#include "millrace/version.hpp"

#include "base/crew.hpp"
#include "base/matmul.hpp"
#include "export/onnx_file.hpp"

namespace millrace {

std::string version() { return MILLRACE_VERSION; }

std::vector<std::string> library_versions() {
  return {kernel_library(), crew_library(), "ONNX " + onnx_library_version()};
}

}  // namespace millrace
