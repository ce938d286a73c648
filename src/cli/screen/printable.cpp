// SPDX-License-Identifier: Apache-2.0
#include "cli/screen/printable.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/utf8.hpp"

namespace millrace::cli {

namespace {

// The first character of UTF-8 text, or its first byte where that begins no character.
std::string_view first_character(std::string_view text) {
  std::size_t size = 1;
  while (size < text.size() && size < 4 && is_within_character(text[size])) ++size;
  const std::string_view character = text.substr(0, size);
  return is_utf8(character) ? character : text.substr(0, 1);
}

char32_t code_point(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return lead;
  char32_t code = lead & (0x7FU >> character.size());
  for (const char byte : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(byte) & 0x3FU);
  return code;
}

bool is_shown(char32_t code) {
  const auto between = [code](char32_t first, char32_t last) { return code >= first && code <= last; };
  const bool control = code < ' ' || between(0x7F, 0x9F);
  const bool direction = code == 0x61C || between(0x200E, 0x200F) || between(0x202A, 0x202E) || between(0x2066, 0x2069);
  const bool line_separator = between(0x2028, 0x2029);
  return !control && !direction && !line_separator;
}

std::string escape(std::string_view character) {
  const char32_t code = code_point(character);
  if (code == '\n') return "\\n";
  if (code == '\t') return "\\t";
  std::array<char, 16> text;
  std::snprintf(text.data(), text.size(), character.size() == 1 ? "\\x%02x" : "\\u%04x", static_cast<unsigned>(code));
  return text.data();
}

std::string escaped(std::string_view text, bool keeps_line_ends) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const std::string_view character = first_character(text);
    const bool keep = character == "\n" ? keeps_line_ends : is_utf8(character) && is_shown(code_point(character));
    shown += keep ? std::string(character) : escape(character);
    text.remove_prefix(character.size());
  }
  return shown;
}

}  // namespace

std::string printable(std::string_view text) { return escaped(text, true); }

std::string printable_line(std::string_view text) { return escaped(text, false); }

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_within_character(c); }));
}

}  // namespace millrace::cli
