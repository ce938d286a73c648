// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Sparkline losses;
//   losses.add(epoch.loss);
//   std::cerr << losses.text(12);   // ▇▆▄▃▂▂▁▁
//
// A curve as large as a word.
#pragma once

#include <string>
#include <vector>

namespace millrace::cli {

class Sparkline {
 public:
  void add(double value);
  /// At most `width` characters, from the first value to the last; empty if there are fewer than two finite values. Each
  /// is the mean of about as many values. blocks: characters of Unicode, else of ASCII.
  [[nodiscard]] std::string text(std::size_t width, bool blocks) const;

 private:
  struct Part {
    double sum = 0;
    std::size_t count = 0;
  };
  std::vector<Part> parts_;
  std::size_t part_size_ = 1;  // values in each part but the last
};

/// Whether the terminal shows UTF-8, by the variables LC_ALL, LC_CTYPE and LANG.
[[nodiscard]] bool shows_utf8();

}  // namespace millrace::cli
