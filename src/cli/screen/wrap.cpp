// SPDX-License-Identifier: Apache-2.0
#include "cli/screen/wrap.hpp"

#include <algorithm>

#include "cli/screen/terminal.hpp"

namespace millrace::cli {

std::size_t help_width() {
  constexpr std::size_t least = 60, most = 110, usual = 100;
  return std::clamp(terminal_width(Stream::out, usual), least, most);
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  std::string lines;
  while (text.size() > width) {
    auto blank = text.rfind(' ', width);
    if (blank == std::string_view::npos) blank = text.find(' ');  // a word longer than a line
    if (blank == std::string_view::npos) break;
    lines += std::string(text.substr(0, blank)) + "\n" + std::string(indent, ' ');
    text.remove_prefix(blank + 1);
  }
  return lines + std::string(text);
}

std::string help_lines(std::string_view text, std::size_t indent) {
  return std::string(indent, ' ') + wrap(text, help_width() - indent, indent) + "\n";
}

std::string help_entry(std::string_view name, std::string_view explanation) {
  const std::string begin = "  " + std::string(name), lines = help_lines(explanation, help_column);
  if (begin.size() >= help_column) return begin + "\n" + lines;
  return begin + lines.substr(begin.size());
}

}  // namespace millrace::cli
