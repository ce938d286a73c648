// SPDX-License-Identifier: Apache-2.0
#include "step/wire.hpp"

#include "base/fail.hpp"
#include "base/names.hpp"
#include "millrace/words.hpp"

namespace millrace {

Wire wire_of(std::string_view name) {
  if (const auto wire = value_of_word<Wire>(wire_words, name)) return *wire;
  fail(ErrorKind::usage, "wire", "'" + std::string(name) + "', expected " + join(wire_words, " or "));
}

}  // namespace millrace
