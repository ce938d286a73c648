// SPDX-License-Identifier: Apache-2.0
#include "base/option_text.hpp"

#include "base/text.hpp"

namespace millrace {

namespace {

struct AsText {
  std::string operator()(std::monostate) const { return "none"; }
  std::string operator()(bool yes) const { return yes ? "true" : "false"; }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return number_text(number); }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const std::vector<std::int64_t>& extents) const { return joined(extents, 'x'); }
  std::string operator()(const std::vector<double>& numbers) const { return joined(numbers, ','); }

 private:
  template <class T>
  std::string joined(const std::vector<T>& values, char separator) const {
    std::string text;
    for (const T value : values) text += (text.empty() ? "" : std::string(1, separator)) + (*this)(value);
    return text;
  }
};

}  // namespace

std::string value_text(const OptionValue& value) { return std::visit(AsText{}, value); }

}  // namespace millrace
