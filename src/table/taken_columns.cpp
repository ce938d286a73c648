// SPDX-License-Identifier: Apache-2.0
#include "table/taken_columns.hpp"

#include <algorithm>
#include <set>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"
#include "table/csv/header_hints.hpp"

namespace millrace {

namespace {

using Names = std::vector<std::string>;

std::set<std::string_view> set_of(const Names& names) { return {names.begin(), names.end()}; }

// "a,b,y": what the model goes by in a file without names, with its targets if the file has as many columns more.
std::string header_of(Names names, const ModelColumns& model, const CsvFile& file) {
  for (const std::string& target : model.targets) {
    if (names.size() < file.names.size() && !contains(names, target)) names.push_back(target);
  }
  return excerpt(join(names, {&file.syntax.delimiter, 1})) +
         ", in the order in which the file has them, and leave out --no-header";
}

// Whether the features stand in the file in another order than the model has them in.
bool is_reordered(const CsvFile& file, const ModelColumns& model) {
  const std::set<std::string_view> own = set_of(model.features);
  Names found;
  for (const std::string& name : file.names)
    if (own.contains(name)) found.push_back(name);
  return !own.empty() && found != model.features;
}

}  // namespace

void check_columns(const CsvFile& file, const ModelColumns& model) {
  Names taken = model.features;
  if (model.needs_targets) taken.insert(taken.end(), model.targets.begin(), model.targets.end());
  const std::set<std::string_view> known = set_of(file.names), wanted = set_of(taken);
  for (const std::string& name : taken) {
    if (known.contains(name)) continue;
    std::vector<std::string_view> spare;  // columns that the model does not take under another name
    for (const std::string& other : file.names) {
      if (!wanted.contains(other)) spare.push_back(other);
    }
    const std::string_view near = nearest_name(name, spare);
    std::string hint = header_hint(file);
    if (hint.empty() && file.header == nullptr)
      hint = "put a header line ahead of the rows: " + header_of(taken, model, file);
    fail(ErrorKind::data, model.who,
         model.table + " has no column " + excerpt(name) + ", which " + model.path + " takes" +
             (near.empty() ? "; " : "; is it " + excerpt(near) + "? ") + "known: " + some_names(file.names) +
             (hint.empty() ? "" : "; " + hint));
  }
}

void refuse_asked_columns(const ModelColumns& model) {
  if (model.asked.empty() || model.features.empty()) return;
  fail(ErrorKind::usage, model.who,
       model.path + " knows the names of its columns, " + some_names(model.features) + ", expected no --features");
}

std::vector<std::string> taken_columns(const CsvFile& file, const ModelColumns& model) {
  refuse_asked_columns(model);
  if (model.asked.empty()) return model.features.empty() ? file.names : model.features;
  const std::set<std::string_view> known = set_of(file.names);
  for (const std::string& name : model.asked) {
    if (!known.contains(name))
      fail(ErrorKind::usage, model.who,
           model.table + ": " + unknown_name("column", name, {file.names.begin(), file.names.end()}));
  }
  return model.asked;
}

std::vector<std::string> column_notes(const CsvFile& file, const ModelColumns& model) {
  const Names taken = taken_columns(file, model);
  const std::set<std::string_view> features = set_of(taken), targets = set_of(model.targets),
                                   others = set_of(model.others);
  Names spare, of_target, target_features;
  for (const std::string& name : file.names) {
    const bool is_target = targets.contains(name);
    if (features.contains(name)) {
      if (is_target) target_features.push_back(name);
    } else if (!name.empty() && !others.contains(name)) {
      (is_target ? of_target : spare).push_back(name);
    }
  }
  Names notes;
  if (!spare.empty())
    notes.push_back(counted(std::ssize(spare), "column", "columns") + " of " + model.table + " that " + model.path +
                    " does not take: " + some_names(spare));
  if (!of_target.empty())
    notes.push_back(some_names(of_target) + (of_target.size() == 1 ? " is the target of " : " are targets of ") +
                    model.path + " and not read; millrace evaluate compares targets with predictions");
  if (!target_features.empty())
    notes.push_back("among the features is " + some_names(target_features) + ", the target of " + model.path +
                    ", expected features only: --features a,b,c");
  if (is_reordered(file, model))
    notes.push_back("the columns of " + model.table + " have another order than those of " + model.path +
                    " and are found by name");
  return notes;
}

}  // namespace millrace
