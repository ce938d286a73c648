// SPDX-License-Identifier: Apache-2.0
#include "cli/screen/sparkline.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string_view>

namespace millrace::cli {

namespace {

constexpr std::size_t most_parts = 64;
constexpr std::array<const char*, 8> unicode{"\u2581", "\u2582", "\u2583", "\u2584",
                                             "\u2585", "\u2586", "\u2587", "\u2588"};
constexpr std::array<const char*, 8> ascii{"_", ".", ":", "-", "=", "+", "*", "#"};

}  // namespace

void Sparkline::add(double value) {
  if (!std::isfinite(value)) return;
  if (parts_.empty() || parts_.back().count == part_size_) {
    if (parts_.size() == most_parts) {
      for (std::size_t i = 0; i < most_parts / 2; ++i)
        parts_[i] = {parts_[2 * i].sum + parts_[2 * i + 1].sum, 2 * part_size_};
      parts_.resize(most_parts / 2);
      part_size_ *= 2;
    }
    parts_.emplace_back();
  }
  parts_.back().sum += value;
  parts_.back().count += 1;
}

std::string Sparkline::text(std::size_t width, bool blocks) const {
  const std::size_t count = std::min(width, parts_.size());
  if (parts_.size() < 2 || count == 0) return "";
  std::vector<double> heights;
  for (std::size_t i = 0; i < count; ++i) {
    Part sum;
    for (std::size_t k = i * parts_.size() / count; k < (i + 1) * parts_.size() / count; ++k) {
      sum.sum += parts_[k].sum;
      sum.count += parts_[k].count;
    }
    heights.push_back(sum.sum / static_cast<double>(sum.count));
  }
  const auto [least, most] = std::ranges::minmax(heights);
  std::string line;
  for (const double height : heights) {
    const double share = most > least ? (height - least) / (most - least) : 0;
    const auto level = static_cast<std::size_t>(std::lround(share * double{unicode.size() - 1}));
    line += (blocks ? unicode : ascii)[level];
  }
  return line;
}

bool shows_utf8() {
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* const found = std::getenv(name);
    if (found == nullptr || *found == '\0') continue;
    const std::string_view locale(found);
    for (const std::string_view utf8 : {"UTF-8", "utf-8", "UTF8", "utf8"}) {
      if (locale.find(utf8) != std::string_view::npos) return true;
    }
    return false;
  }
  return false;
}

}  // namespace millrace::cli
