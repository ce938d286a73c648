// SPDX-License-Identifier: Apache-2.0
#include "base/option_text.hpp"

#include "base/text.hpp"

namespace millrace {

std::string value_text(const OptionValue& value) {
  struct {
    std::string operator()(bool yes) const { return yes ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return number_text(number); }
    std::string operator()(const std::string& text) const { return text; }
  } as_text;
  return std::visit(as_text, value);
}

}  // namespace millrace
