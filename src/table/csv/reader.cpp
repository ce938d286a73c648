// SPDX-License-Identifier: Apache-2.0
#include "table/csv/reader.hpp"

#include <algorithm>
#include <cmath>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "millrace/split.hpp"
#include "table/csv/columns.hpp"
#include "table/csv/labels.hpp"
#include "table/csv/precision.hpp"
#include "table/csv/rows.hpp"
#include "threads/run_jobs.hpp"

namespace millrace {

namespace {

void leave_out_missing_targets(Dataset& data) {
  std::vector<std::int64_t> rows;
  for (std::int64_t r = 0; r < data.targets.rows; ++r) {
    const float* const target = data.targets.row(r);
    if (std::none_of(target, target + data.targets.columns, [](float value) { return std::isnan(value); }))
      rows.push_back(r);
  }
  if (std::ssize(rows) == data.targets.rows) return;
  if (rows.empty())
    fail(ErrorKind::data, "csv",
         "column " + excerpt(data.target_names[0]) + " of " + data.source +
             " has no value in any row, expected a target");
  data = select_rows(data, rows);
}

}  // namespace

Dataset read_csv(const std::string& path, const CsvOptions& options) {
  return read_csv(open_csv(path, options.format), options);
}

Dataset read_csv(const std::vector<std::string>& paths, const CsvOptions& options) {
  return read_csv(open_csv(paths, options.format), options);
}

Dataset read_csv(const CsvFile& file, const CsvOptions& options) {
  const CsvColumns columns = choose_columns(file, options);
  CsvLabels labels(file, columns.label, options);
  CsvRows table(file, columns, labels, options.skip_missing_targets);
  Dataset data;
  Crew crew(workers_for(chunks_of(file), options.threads));
  crew.run([&](Crew& team) {
    table.read(team);
    if (table.rows == 0)
      fail(ErrorKind::data, "csv", file.path + " has a header line but no rows, expected at least one row");
    if (columns.target_names.size() == 1) data.classes = labels.finish(table.targets, table.label_parts, team);
  });
  data.features = table.features.view();
  data.owners.push_back(table.features.owner());
  if (!columns.target_names.empty()) {
    data.targets = table.targets.view();
    data.owners.push_back(table.targets.owner());
  }
  if (options.check_precision)
    check_precision(file, columns, data.features, data.classes.empty() ? data.targets : MatrixView{});
  data.weights = std::move(table.weights);
  data.feature_names = columns.feature_names;
  data.target_names = columns.target_names;
  data.source = file.path;
  if (options.skip_missing_targets) leave_out_missing_targets(data);
  return data;
}

}  // namespace millrace
