// SPDX-License-Identifier: Apache-2.0
#include "table/csv/reader.hpp"

#include "millrace/error.hpp"
#include "table/csv/columns.hpp"
#include "table/csv/labels.hpp"
#include "table/csv/precision.hpp"
#include "table/csv/rows.hpp"

namespace millrace {

Dataset read_csv(const std::string& path, const CsvOptions& options) {
  return read_csv(open_csv(path, options.delimiter), options);
}

Dataset read_csv(const CsvFile& file, const CsvOptions& options) {
  const CsvColumns columns = choose_columns(file, options);
  CsvLabels labels(file, columns.label, options);
  CsvRows table(file, columns);
  table.read(labels);
  if (table.rows == 0)
    fail(ErrorKind::data, "csv", file.path + " has a header line but no rows, expected at least one row");

  Dataset data;
  data.features = table.features.view();
  data.features.rows = table.rows;  // the matrix may have room for more
  data.owners.push_back(table.features.owner());
  if (!columns.target_names.empty()) {
    if (columns.target_names.size() == 1) data.classes = labels.finish(table.targets);
    data.targets = table.targets.view();
    data.targets.rows = table.rows;
    data.owners.push_back(table.targets.owner());
  }
  if (options.check_precision)
    check_precision(file, columns, data.features, data.classes.empty() ? data.targets : MatrixView{});
  data.weights = std::move(table.weights);
  data.feature_names = columns.feature_names;
  data.target_names = columns.target_names;
  data.source = file.path;
  return data;
}

}  // namespace millrace
