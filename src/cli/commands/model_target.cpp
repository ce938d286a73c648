// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/model_target.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "base/to_type.hpp"
#include "cli/screen/console.hpp"
#include "millrace/targets.hpp"

namespace millrace::cli {

namespace {

// A model of another program that takes a table calls its target "target", or "target_1" where that is a column.
bool is_stand_in(const std::string& target) {
  constexpr std::string_view name = "target", numbered = "target_";
  if (!target.starts_with(numbered)) return target == name;
  return target.size() > numbered.size() && std::ranges::all_of(target.substr(numbered.size()), is_digit);
}

// Whether one column holds the whole target.
bool has_one_target(const Model& model) {
  const CompileOptions compiled = model.compiled();
  if (!compiled.outputs.empty()) return false;
  if (compiled.loss.op.empty() || target_kind(compiled.loss) == TargetKind::classes) return true;
  return target_width(compiled.loss, model.output_width()) == 1;
}

}  // namespace

std::vector<std::string> columns_of(const Model& model) {
  std::vector<std::string> names;
  for (const TableColumn& column : model.table_columns()) names.push_back(column.name);
  return names.empty() ? model.feature_names() : names;
}

void read_dates_as(const Model& model, TableOptions& options) {
  if (model.table_columns().empty()) return;
  TableOptions own = model.table_options();
  options.date_orders = std::move(own.date_orders);
  options.times = std::move(own.times);
}

ModelData with_target(ModelData request, const Model& model, const CsvFile& file) {
  if (!request.targets || !request.target.empty()) return request;
  request.target = model.target_names();
  const bool knows = !request.target.empty();
  if (knows &&
      (request.target.size() > 1 || contains(file.names, request.target[0]) || !is_stand_in(request.target[0])))
    return request;
  const std::vector<std::string> taken = request.features.empty() ? columns_of(model) : request.features;
  std::vector<std::string> others;
  for (const std::string& name : file.names)
    if (!name.empty() && name != request.weight && !contains(taken, name)) others.push_back(name);
  const std::int64_t expected = taken.empty() ? model.input_width() + 1 : 1;
  if (has_one_target(model) && std::ssize(others) == expected) {
    note("[" + request.who + "] the target is " + excerpt(others.back()) + ", the " +
         (taken.empty() ? "last column" : "only column that the model does not take") + " of " + request.data.name() +
         "; --target names another");
    request.target = {others.back()};
    return request;
  }
  // A model of this program may have been trained with that name.
  fail(ErrorKind::usage, request.who,
       request.model_path +
           (knows ? " calls its target " + excerpt(request.target[0]) + ", which " + request.data.name() +
                        " does not have"
                  : " does not know the name of its target") +
           ", expected --target COLUMN" +
           (others.empty() ? ", and " + request.data.name() + " has no other column than those that the model takes"
                           : ": --target " + to_type({others.back()}) + " is the last that may be it"));
}

}  // namespace millrace::cli
