// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/prediction_table.hpp"

#include <algorithm>
#include <set>

#include "base/fail.hpp"
#include "base/text.hpp"

namespace millrace::cli {

namespace {

constexpr const char* answer_name = "prediction";

// A cell of CSV as in RFC 4180, quoted only if necessary.
std::string cell(const std::string& text, char delimiter) {
  const bool plain = text.find_first_of("\"\r\n") == std::string::npos && text.find(delimiter) == std::string::npos;
  if (plain && !text.empty() && text == trim(text)) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

std::string csv_line(const std::vector<std::string>& cells, char delimiter) {
  std::string line;
  for (const std::string& text : cells) line += (text.empty() ? "" : cell(text, delimiter)) + delimiter;
  line.back() = '\n';
  return line;
}

PredictionTable::PredictionTable(const Model& model, const PredictionStyle& style) : style_(style) {
  answer_ = answer_of(model.compiled().loss, model.output_width(), model.classes(), model.target_names());
  if (answer_.kind == Answer::Kind::either)
    answer_.threshold = static_cast<float>(style.threshold.value_or(model.threshold()));
  check(model);
  name_outputs(model, static_cast<std::size_t>(model.output_width()));
  for (const std::string& text : answer_.classes) classes_.push_back(cell(text, style_.delimiter));
}

void PredictionTable::check(const Model& model) const {
  const std::string which = "a model with " + std::to_string(model.output_width()) + " outputs and the loss " +
                            (model.compiled().loss.op.empty() ? "none" : model.compiled().loss.op);
  if (style_.threshold && answer_.kind != Answer::Kind::either)
    fail(ErrorKind::usage, "predict",
         "--threshold for " + which + ", expected a model whose single output tells two classes apart");
  if (style_.classes_only && !answer_.is_class())
    fail(ErrorKind::usage, "predict", "--classes-only for " + which + ", expected a model that tells classes apart");
}

void PredictionTable::name_outputs(const Model& model, std::size_t outputs) {
  if (model.outputs().size() > 1) {
    for (const ModelOutput& output : model.outputs())
      for (std::int64_t k = 0; k < output.width; ++k)
        names_.push_back(output.width == 1 ? output.name : output.name + "_" + std::to_string(k + 1));
  } else if (answer_.kind == Answer::Kind::either && model.classes().size() == 2) {
    names_ = {model.classes()[1]};
  } else if (answer_.kind == Answer::Kind::largest && model.classes().size() == outputs) {
    names_ = model.classes();
  } else if (answer_.kind != Answer::Kind::either && model.target_names().size() == outputs) {
    names_ = model.target_names();
  } else {
    names_.resize(outputs);
  }
  // The answer keeps its name in every table: an output of the same name counts as one without a name.
  for (std::size_t k = 0; k < outputs; ++k) {
    if (names_[k].empty() || (names_[k] == answer_name && answer_.kind != Answer::Kind::none))
      names_[k] = "output_" + std::to_string(k + 1);
  }
  std::set<std::string> taken;
  if (answer_.kind != Answer::Kind::none) taken.insert(answer_name);
  const auto make_distinct = [&](std::string& name) {
    const std::string given = name;
    for (int number = 2; !taken.insert(name).second; ++number) name = given + "_" + std::to_string(number);
  };
  std::for_each(style_.kept.begin(), style_.kept.end(), make_distinct);
  std::for_each(names_.begin(), names_.end(), make_distinct);
}

std::string PredictionTable::header() const {
  std::vector<std::string> names = style_.kept;
  if (!style_.classes_only) names.insert(names.end(), names_.begin(), names_.end());
  if (answer_.kind != Answer::Kind::none) names.emplace_back(answer_name);
  return csv_line(names, style_.delimiter);
}

std::string PredictionTable::row(const float* outputs, const std::vector<std::string>& kept) const {
  std::string line;
  const auto add = [&](const std::string& text) { line += text + style_.delimiter; };
  for (const std::string& text : kept) add(text.empty() ? text : cell(text, style_.delimiter));
  for (std::size_t k = 0; k < names_.size() && !style_.classes_only; ++k)
    add(outputs == nullptr ? std::string() : number_text(outputs[k]));
  if (answer_.kind != Answer::Kind::none) add(outputs == nullptr ? std::string() : answer(outputs));
  line.back() = '\n';
  return line;
}

std::string PredictionTable::answer(const float* outputs) const {
  return answer_.is_class() ? classes_[answer_.class_of(outputs)] : number_text(outputs[0]);
}

}  // namespace millrace::cli
