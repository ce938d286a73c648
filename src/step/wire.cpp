// SPDX-License-Identifier: Apache-2.0
#include "step/wire.hpp"

#include "base/fail.hpp"

namespace millrace {

Wire wire_of(std::string_view name) {
  if (name == "fp32") return Wire::fp32;
  if (name == "bfloat16") return Wire::bfloat16;
  fail(ErrorKind::usage, "wire", "'" + std::string(name) + "', expected fp32 or bfloat16");
}

}  // namespace millrace
