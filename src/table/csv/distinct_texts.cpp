// SPDX-License-Identifier: Apache-2.0
#include "table/csv/distinct_texts.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>

#include "base/index.hpp"

namespace millrace {

namespace {

// The distinct texts of some rows, numbered as they come.
struct Part {
  std::unordered_map<std::string_view, std::int32_t> numbers;
  std::vector<std::string_view> texts;  // of the file, or of `unquoted`
  std::deque<std::string> unquoted;     // texts with doubled quotes
  std::vector<float> codes;             // of each text, among those of all parts

  std::int32_t number_of(const CsvCell& cell) {
    std::string_view text = cell.text;
    if (cell.doubled) text = unquoted.emplace_back(cell_text(cell));
    const auto [entry, added] = numbers.emplace(text, static_cast<std::int32_t>(texts.size()));
    if (added) texts.push_back(text);
    if (cell.doubled && !added) unquoted.pop_back();
    return entry->second;
  }
};

std::vector<std::string> merged(std::vector<Part>& parts) {
  std::vector<std::string_view> texts;
  for (const Part& part : parts) texts.insert(texts.end(), part.texts.begin(), part.texts.end());
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  for (Part& part : parts) {
    for (const std::string_view text : part.texts)
      part.codes.push_back(static_cast<float>(std::lower_bound(texts.begin(), texts.end(), text) - texts.begin()));
  }
  return {texts.begin(), texts.end()};
}

}  // namespace

std::vector<std::string> distinct_texts(const CsvSyntax& syntax, std::span<const char* const> cells,
                                        std::span<float> codes, Crew& team) {
  constexpr std::int64_t part_rows = 1 << 16;
  const std::int64_t rows = std::ssize(codes), count = ceil_div(rows, part_rows);
  std::vector<Part> parts(static_cast<std::size_t>(count));
  std::vector<std::int32_t> numbers(codes.size());
  const auto for_rows = [&](const auto& job) {
    team.phase(count, [&](std::int64_t i, int) {
      const std::int64_t end = std::min(rows, (i + 1) * part_rows);
      for (std::int64_t row = i * part_rows; row < end; ++row) job(parts[i], row);
    });
  };
  for_rows([&](Part& part, std::size_t row) {
    const char* at = cells[row];
    numbers[row] = part.number_of(scan_cell(syntax, at));
  });
  std::vector<std::string> texts = merged(parts);
  for_rows([&](const Part& part, std::size_t row) { codes[row] = part.codes[numbers[row]]; });
  return texts;
}

}  // namespace millrace
