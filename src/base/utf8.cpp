// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.hpp"

#include <cstddef>
#include <string>

#include "base/fail.hpp"

namespace millrace {

namespace {

struct Lead {
  std::size_t length = 0;                       // of the whole sequence; 0: not the first byte of one
  unsigned char least = 0x80, greatest = 0xBF;  // of the second byte
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1};
  if (byte >= 0xC2 && byte <= 0xDF) return {2};
  if (byte == 0xE0) return {3, 0xA0};
  if (byte == 0xED) return {3, 0x80, 0x9F};  // beyond are surrogates
  if (byte >= 0xE1 && byte <= 0xEF) return {3};
  if (byte == 0xF0) return {4, 0x90};
  if (byte >= 0xF1 && byte <= 0xF3) return {4};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {};
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Lead lead = lead_of(static_cast<unsigned char>(text.front()));
    if (lead.length == 0 || lead.length > text.size()) return false;
    for (std::size_t i = 1; i < lead.length; ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if (byte < (i == 1 ? lead.least : 0x80) || byte > (i == 1 ? lead.greatest : 0xBF)) return false;
    }
    text.remove_prefix(lead.length);
  }
  return true;
}

void require_utf8(std::string_view text, std::string_view who, std::string_view what) {
  if (!is_utf8(text)) fail(ErrorKind::usage, who, std::string(what) + " is not UTF-8 text, expected UTF-8");
}

}  // namespace millrace
