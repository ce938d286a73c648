// SPDX-License-Identifier: Apache-2.0
#include "table/csv/missing_marks.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/fail.hpp"

namespace millrace {

namespace {

constexpr std::string_view only = "only";  // as the first: there are no other marks

class Marks {
 public:
  Marks(std::span<const std::string> marks, const NumberForm& form) : texts_(marks), form_(form) {
    for (const std::string& mark : marks) {
      if (mark.empty())
        fail(ErrorKind::usage, "csv",
             "a mark of missing values is empty, expected a text: empty cells are missing anyway");
      if (const std::optional<float> number = form.number(mark)) numbers_.push_back(*number);
    }
  }

  [[nodiscard]] bool contain(const CsvCell& cell) const {
    if (cell.flaw != CsvFlaw::none) return false;
    if (std::ranges::find(texts_, cell.doubled ? cell_text(cell) : std::string(cell.text)) != texts_.end()) return true;
    if (numbers_.empty()) return false;
    const std::optional<float> number = form_.number(cell.text);
    return number && std::ranges::find(numbers_, *number) != numbers_.end();
  }

 private:
  std::span<const std::string> texts_;
  std::vector<float> numbers_;
  const NumberForm& form_;
};

}  // namespace

void empty_cells(CsvFile& file, std::span<const std::string> marks) {
  if (!marks.empty() && marks[0] == only) {
    file.syntax.usual_marks = false;
    marks = marks.subspan(1);
  }
  if (marks.empty()) return;
  const Marks missing(marks, file.form);
  std::string text;
  text.reserve(file.text.size());
  const char* copied = file.text.data();
  for (const char* at = file.record_at(file.body); at != file.syntax.end; at = file.record_at(at)) {
    for (;; ++at) {
      const char* const first = at;
      const CsvCell cell = scan_cell(file.syntax, at);
      if (missing.contain(cell)) {
        text.append(copied, first);
        text += "\"\"";  // a lone cell without quotes would be no line
        copied = at;
      }
      if (file.syntax.at_line_end(at)) break;
    }
    at = file.syntax.past_line_end(at);
  }
  text.append(copied, file.syntax.end);
  set_text(file, std::move(text));
}

}  // namespace millrace
