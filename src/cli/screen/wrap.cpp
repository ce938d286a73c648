// SPDX-License-Identifier: Apache-2.0
#include "cli/screen/wrap.hpp"

namespace millrace::cli {

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  std::string lines;
  while (text.size() > width) {
    const auto blank = text.rfind(' ', width);
    if (blank == std::string_view::npos) break;
    lines += std::string(text.substr(0, blank)) + "\n" + std::string(indent, ' ');
    text.remove_prefix(blank + 1);
  }
  return lines + std::string(text);
}

}  // namespace millrace::cli
