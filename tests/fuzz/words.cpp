// SPDX-License-Identifier: Apache-2.0
#include "fuzz/words.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <random>
#include <string_view>
#include <vector>

namespace millrace::fuzz {

namespace {

struct Word {
  std::size_t at, size;
};

bool is_part(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '-' || c == '+';
}

std::vector<Word> words_of(std::string_view bytes) {
  std::vector<Word> words;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (!is_part(bytes[i])) continue;
    if (i == 0 || !is_part(bytes[i - 1])) words.push_back({i, 0});
    ++words.back().size;
  }
  return words;
}

}  // namespace

bool change_word(std::string& bytes, unsigned draw) {
  constexpr std::array numbers = {
      "0",    "1",   "-1",    "2",     "9",          "1000",       "2147483648", "9223372036854775807",
      "1e-9", "0.5", "1e300", "-1e39", "4294967296", "0x7fffffff", "null",       "true"};
  std::minstd_rand draws(draw);
  const std::vector<Word> words = words_of(bytes);
  if (words.empty()) return false;
  const Word from = words[draws() % words.size()], other = words[draws() % words.size()];
  const std::string by =
      draws() % 2 == 0 ? std::string(numbers[draws() % numbers.size()]) : bytes.substr(other.at, other.size);
  std::uint64_t header = 0;  // the length of what follows, if these are a safetensors file
  if (bytes.size() > sizeof header) std::memcpy(&header, bytes.data(), sizeof header);
  const bool of_header =
      header <= bytes.size() - sizeof header && from.at >= sizeof header && from.at - sizeof header < header;
  bytes.replace(from.at, from.size, by);
  if (of_header) {
    header += by.size() - from.size;
    std::memcpy(bytes.data(), &header, sizeof header);
  }
  return true;
}

}  // namespace millrace::fuzz
