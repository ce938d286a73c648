// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/kept_cells.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "base/names.hpp"

namespace millrace::cli {

KeptCells::KeptCells(const CsvFile& file, const std::vector<std::string>& names, const std::string& who) : file_(file) {
  for (const std::string& name : names) {
    const auto found = std::ranges::find(file_.names, name);
    if (found == file_.names.end())
      fail(ErrorKind::usage, who,
           file_.path + ": " + unknown_name("column", name, {file_.names.begin(), file_.names.end()}));
    if (std::ranges::count(file_.names, name) > 1) file_.fail_duplicate(name);
    columns_.push_back(found - file_.names.begin());
  }
  at_ = file_.record_at(file_.body);
}

std::vector<std::string> KeptCells::next() {
  std::vector<std::string> kept(columns_.size());
  if (columns_.empty() || at_ == file_.syntax.end) return kept;
  std::int64_t column = 0;
  for (;; ++column, ++at_) {
    const CsvCell cell = scan_cell(file_.syntax, at_);
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i] == column) kept[i] = cell_text(cell);
    if (file_.syntax.at_line_end(at_)) break;
  }
  at_ = file_.record_at(file_.syntax.past_line_end(at_));
  if (column + 1 != std::ssize(file_.names)) std::ranges::fill(kept, "");
  return kept;
}

}  // namespace millrace::cli
