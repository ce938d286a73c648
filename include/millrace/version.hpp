// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   std::cout << millrace::version();                                   // 0.1.0
//   for (const std::string& library : millrace::library_versions()) std::cout << ", " << library;
#pragma once

#include <string>
#include <vector>

namespace millrace {

/// "0.1.0"
[[nodiscard]] std::string version();
/// The libraries it runs on, as they are on this machine: "oneDNN 2.6.3", "oneTBB 2021.8", "ONNX 1.12.0".
[[nodiscard]] std::vector<std::string> library_versions();

}  // namespace millrace
