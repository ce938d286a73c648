// SPDX-License-Identifier: Apache-2.0
#include "millrace/version.hpp"

#include "export/onnx_file.hpp"
#include "kernels/matmul.hpp"
#include "threads/tasks.hpp"

namespace millrace {

std::string version() { return MILLRACE_VERSION; }

std::vector<std::string> library_versions() {
  return {kernel_library(), tasks_library(), "ONNX " + onnx_library_version()};
}

}  // namespace millrace
