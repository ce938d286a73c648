// SPDX-License-Identifier: Apache-2.0
//
// The readers of text: read_csv, read_table with its inference, LIBSVM.
#include "fuzz/readers/readers.hpp"

#include <algorithm>
#include <cmath>

#include "fuzz/harness.hpp"
#include "millrace/arrays.hpp"
#include "millrace/error.hpp"
#include "millrace/table.hpp"

namespace millrace::fuzz {

namespace {

// The first byte chooses how the rest is read, so that one corpus covers all forms.
TextFormat format_of(unsigned char choice) {
  TextFormat format;
  if ((choice & 1) != 0) format.header = false;
  if ((choice & 2) != 0) format.comment = '#';
  if ((choice & 4) != 0) format.delimiter = (choice & 8) != 0 ? TextFormat::blanks : ';';
  if ((choice & 16) != 0) format.decimal = ',';
  if ((choice & 32) != 0) format.thousands = (choice & 16) != 0 ? '.' : ',';
  if ((choice & 64) != 0) format.percent = format.currency = true;
  if ((choice & 128) != 0) format.encoding = (choice & 8) != 0 ? "utf-16le" : "latin1";
  return format;
}

void require_finite(const MatrixView& view) {
  for (std::int64_t r = 0; r < view.rows; ++r) {
    for (std::int64_t c = 0; c < view.columns; ++c)
      require(std::isfinite(view.row(r)[c]), "a number that is not finite");
  }
}

}  // namespace

void fuzz_csv(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto choice = static_cast<unsigned char>(bytes[0]);
  CsvOptions options{.format = format_of(choice), .target_required = false, .threads = 1};
  options.target = {(choice & 1) != 0 ? "1" : "y"};
  const Dataset data = read_csv(file_of(bytes.substr(1), ".csv"), options);
  require(data.rows() > 0 && data.features.columns == std::ssize(data.feature_names), "rows and names");
  require_finite(data.features);
  require_finite(data.targets);
  for (std::int64_t r = 0; r < data.targets.rows && !data.classes.empty(); ++r)
    require(*data.targets.row(r) >= 0 && *data.targets.row(r) < static_cast<float>(data.classes.size()), "a class");
}

void fuzz_table(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto choice = static_cast<unsigned char>(bytes[0]);
  TableOptions options{.format = format_of(choice), .threads = 1};
  if (bytes.size() % 2 == 0) options.target = options.format.header ? "y" : "1";
  const Table table = read_table(file_of(bytes.substr(1), ".csv"), options);
  for (const TableColumn& column : table.columns) {
    if (column.kind == ColumnKind::ignored) continue;
    std::int64_t missing = 0;
    for (std::int64_t r = 0; r < table.rows; ++r) {
      const double value = column.kind == ColumnKind::date ? table.dates.at(column.place).at(r)
                                                           : double{table.values.row(r)[column.place]};
      missing += std::isnan(value);
      if (std::isnan(value) || column.levels.empty()) continue;
      require(value >= 0 && value < static_cast<double>(column.levels.size()), "an index of a level");
    }
    require(missing == column.missing, "a count of missing cells");
    require(std::ranges::is_sorted(column.levels) || column.kind != ColumnKind::category, "levels in byte order");
  }
  require(describe(table).size() == table.columns.size(), "a report per column");
}

void fuzz_libsvm(std::string_view bytes) {
  const Dataset data = read_libsvm(file_of(bytes, ".svm"), {.columns = bytes.size() % 3 == 0 ? 5 : 0});
  require(data.rows() > 0 && data.targets.rows == data.features.rows, "rows");
  require_finite(data.features);
}

}  // namespace millrace::fuzz
