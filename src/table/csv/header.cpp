// SPDX-License-Identifier: Apache-2.0
#include "table/csv/header.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_set>

#include "base/excerpt.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "table/csv/header_hints.hpp"

namespace millrace {

namespace {

// Leaves `at` behind the header line.
std::vector<std::string> read_names(const CsvFile& file, const char*& at) {
  std::vector<std::string> names;
  for (;; ++at) {
    const char* const first = at;
    const CsvCell cell = scan_cell(file.syntax, at);
    const auto refuse = [&](const std::string& problem) {
      file.fail_line(first, ", column " + std::to_string(names.size() + 1) + " of the header: " + problem);
    };
    if (cell.flaw == CsvFlaw::unclosed_quote) refuse("a quote opens and never closes, expected a name");
    if (cell.flaw == CsvFlaw::text_after_quote) {
      const char next = *at == '"' ? at[-1] : *at;  // a tab passes for a blank
      const bool may_delimit = std::string_view("; \t|,").find(next) != std::string_view::npos;
      refuse("there is text after the closing quote, expected a name" +
             (may_delimit ? ": " + delimiter_hint(next) : ""));
    }
    names.push_back(cell_text(cell));
    if (!is_utf8(names.back())) {
      names.pop_back();
      refuse(not_utf8());
    }
    if (file.syntax.at_line_end(at)) break;
  }
  at = file.syntax.past_line_end(at);
  return names;
}

// Numbers may be names: of the pixels of an image, of wavelengths, of years. Those grow from column to column, and if all
// names are numbers, by equal steps. Other numbers are the first row of a file without a header line, which would be lost.
void check_names(const CsvFile& file) {
  std::vector<double> numbers;
  std::string_view first;
  for (const std::string& name : file.names) {
    const std::optional<float> number = name.empty() ? std::nullopt : file.form.number(name);
    if (!number) continue;
    if (numbers.empty()) first = name;
    numbers.push_back(*number);
  }
  const bool all = numbers.size() == file.names.size();
  bool whole = true, grow = true, equal_steps = true;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    whole = whole && numbers[i] == std::floor(numbers[i]);
    if (i == 0) continue;
    grow = grow && numbers[i] > numbers[i - 1];
    equal_steps = equal_steps && numbers[i] - numbers[i - 1] == numbers[1] - numbers[0];
  }
  if (all ? whole && grow && equal_steps : grow && (numbers.size() > 1 || whole)) return;
  file.fail_line(file.header, (all ? " holds numbers only" : " holds numbers, the first " + excerpt(first)) +
                                  std::string(", expected the names of the columns: if it is the first row, say that "
                                              "the file has no header line (--no-header); if these are names, give "
                                              "them a letter"));
}

// R writes the names of rows ahead of the columns, without a name in the header line: rising numbers, or texts that
// differ. The column is not read, as the one without a name that pandas writes. A lone cell too many is a mistake.
void fit_row_names(CsvFile& file) {
  constexpr std::int64_t fewest = 3, looked_at = 100;
  std::unordered_set<std::string> names;
  std::int64_t rows = 0, numbers = 0;
  double last = -1;
  for (const char* at = file.record_at(file.body); at != file.syntax.end && rows < looked_at; ++rows) {
    const char* first = at;
    const std::string name = cell_text(scan_cell(file.syntax, first));
    const std::optional<float> number = NumberForm{}.number(name);
    if (cells_of(file.syntax, at) != file.names.size() + 1 || !names.insert(name).second) return;
    if (number && (*number != std::floor(*number) || *number <= last)) return;
    last = number.value_or(static_cast<float>(last));
    numbers += number ? 1 : 0;
    at = file.record_at(at);
  }
  const bool one_kind = numbers == 0 || numbers == rows;
  if (rows >= fewest && one_kind && file.names.size() > 1) file.names.insert(file.names.begin(), "");
}

// Some programs write a delimiter at the end of every row but not of the header line, others the other way round. The
// column behind it has no name and is not read.
void fit_trailing_delimiter(CsvFile& file) {
  const char* at = file.record_at(file.body);
  if (at == file.syntax.end) return;
  std::size_t cells = 0;
  CsvCell last;
  for (;; ++at) {
    last = scan_cell(file.syntax, at);
    ++cells;
    if (last.flaw != CsvFlaw::none) return;
    if (file.syntax.at_line_end(at)) break;
  }
  const bool nameless = file.names.back().empty();
  if (cells == file.names.size() + 1 && last.text.empty() && !last.quoted && !nameless)
    file.names.emplace_back();
  else if (cells + 1 == file.names.size() && nameless)
    file.names.pop_back();
}

}  // namespace

void read_header(CsvFile& file) {
  file.header = file.body;
  file.names = read_names(file, file.body);
  check_names(file);
  fit_trailing_delimiter(file);
  fit_row_names(file);
}

// A delimiter at the end of the first row makes no column.
std::vector<std::string> numbered_names(const CsvFile& file) {
  std::vector<std::string> names;
  for (const char* at = file.body;; ++at) {
    const CsvCell cell = scan_cell(file.syntax, at);
    const bool ends = at == file.syntax.end || *at != file.syntax.delimiter;
    const bool nothing = ends && !names.empty() && cell.text.empty() && !cell.quoted;
    names.push_back(nothing ? "" : std::to_string(names.size() + 1));
    if (ends) return names;
  }
}

}  // namespace millrace
