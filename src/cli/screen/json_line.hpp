// SPDX-License-Identifier: Apache-2.0
//
// Results for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace millrace::cli {

/// The object on one line. Bytes of names that are no UTF-8 become U+FFFD.
[[nodiscard]] inline std::string json_line(const nlohmann::ordered_json& object) {
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace millrace::cli
