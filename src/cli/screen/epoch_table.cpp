// SPDX-License-Identifier: Apache-2.0
#include "cli/screen/epoch_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/formatted.hpp"

namespace millrace::cli {

namespace {

constexpr std::size_t gap = 2, number_width = 9;

std::string right_aligned(const std::string& text, std::size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

struct Column {
  std::string name, cell;
  std::size_t rank;  ///< which columns stay where not all fit: the lowest ranks
  std::size_t width = number_width;
};

// In the order of the table. The k-th values of training and validation have about the same rank.
std::vector<Column> columns_of(const Epoch& epoch) {
  std::vector<Column> columns;
  for (const auto& [name, value] : shown_values(epoch)) {
    const std::size_t rank = columns.size() < epoch.metrics.size() + 1
                                 ? 2 * columns.size()
                                 : 2 * (columns.size() - epoch.metrics.size() - 1) + 1;
    columns.push_back({name, short_number(value), rank, std::max(name.size(), number_width)});
  }
  return columns;
}

// Removes the columns of the highest ranks until the rest fits.
void fit_columns(std::vector<Column>& columns, std::size_t width) {
  const auto total = [&] {
    std::size_t sum = 0;
    for (const Column& column : columns) sum += gap + column.width;
    return sum;
  };
  while (!columns.empty() && total() > width) {
    columns.erase(std::max_element(columns.begin(), columns.end(),
                                   [](const Column& a, const Column& b) { return a.rank < b.rank; }));
  }
}

}  // namespace

std::vector<NamedValue> shown_values(Epoch epoch) {
  epoch.training_evaluated = false;  // a line has no room for train_loss
  return epoch.values();
}

std::string EpochTable::lines(const Epoch& epoch, const std::string& time, bool is_best, std::size_t width) {
  const std::string count = std::to_string(epoch.epochs), number = std::to_string(epoch.number) + "/" + count;
  constexpr std::size_t time_width = 7, best_width = 4;
  const std::size_t first = std::max<std::size_t>(5, 2 * count.size() + 1), last = 2 * gap + time_width + best_width;
  std::vector<Column> columns = columns_of(epoch);
  fit_columns(columns, width > first + last ? width - first - last : 0);
  columns.push_back({"time", time, 0, time_width});
  if (width >= first + last) columns.push_back({"best", is_best ? "*" : "", 0, best_width});

  std::string heading = right_aligned("epoch", first), line = right_aligned(number, first);
  for (const Column& column : columns) {
    heading += right_aligned(column.name, gap + column.width);
    line += right_aligned(column.cell, gap + column.width);
  }
  line.resize(line.find_last_not_of(' ') + 1);
  const bool headed = heading == heading_;
  heading_ = heading;
  return (headed ? "" : heading + "\n") + line + "\n";
}

std::string epoch_position(std::int64_t epoch, std::int64_t epochs) {
  const std::string count = std::to_string(epochs);
  return "epoch " + right_aligned(std::to_string(epoch), count.size()) + "/" + count;
}

std::string short_number(double value) {
  constexpr double smallest = 1e-4, largest = 1e5;
  const double size = std::abs(value);
  const bool fixed = value == 0 || !std::isfinite(value) || (size >= smallest && size < largest);
  return formatted(fixed ? size < 1000 || !std::isfinite(value) ? "%.4f" : "%.1f" : "%.3e", value);
}

std::string duration_text(double seconds) {
  constexpr double longest = 1e15;  // rounds to 64 bits
  const auto whole = std::llround(std::min(seconds, longest));
  std::array<char, 48> text;
  if (seconds < 0.9995)
    std::snprintf(text.data(), text.size(), "%.0fms", 1000 * seconds);
  else if (seconds < 9.95)
    std::snprintf(text.data(), text.size(), "%.1fs", seconds);
  else if (whole < 60)
    std::snprintf(text.data(), text.size(), "%llds", whole);
  else if (whole < 3600)
    std::snprintf(text.data(), text.size(), "%lldm%02llds", whole / 60, whole % 60);
  else
    std::snprintf(text.data(), text.size(), "%lldh%02lldm", whole / 3600, whole / 60 % 60);
  return text.data();
}

}  // namespace millrace::cli
