// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/prediction_table.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/text.hpp"
#include "cli/commands/threshold.hpp"

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

// A line of cells that each have a delimiter behind them. A line with nothing in it would be no row to a reader.
std::string ended(std::string line) {
  if (line.size() == 1) return "\"\"\n";
  line.back() = '\n';
  return line;
}

}  // namespace

std::string csv_line(const std::vector<std::string>& cells, char delimiter) {
  std::string line;
  for (const std::string& text : cells) line += (text.empty() ? "" : cell(text, delimiter)) + delimiter;
  return ended(std::move(line));
}

PredictionTable::PredictionTable(const Model& model, const PredictionStyle& style)
    : style_(style), several_(model.outputs().size() > 1) {
  find_answers(model);
  check(model);
  name_outputs(model, static_cast<std::size_t>(model.output_width()));
  for (AnswerColumn& column : answers_)
    for (const std::string& text : column.answer.classes) column.classes.push_back(cell(text, style_.delimiter));
}

void PredictionTable::find_answers(const Model& model) {
  if (several_) {
    for (const OutputAnswer& of : answers_of(model.compiled(), model.outputs(), model.target_classes()))
      if (of.answer.is_class()) answers_.push_back({of.output.name + "_" + answer_name, of.output.first, of.answer});
    return;
  }
  Answer answer = answer_of(model.compiled().loss, model.output_width(), model.classes(), model.target_names());
  if (answer.kind == Answer::Kind::either)
    answer.threshold = static_cast<float>(style_.threshold.value_or(model.threshold()));
  if (answer.kind != Answer::Kind::none) answers_.push_back({answer_name, 0, std::move(answer)});
}

void PredictionTable::check(const Model& model) const {
  const std::string loss = model.compiled().loss.op;
  const std::string which = several_ ? "a model with several outputs"
                                     : "a model with " + counted(model.output_width(), "output") + " and the loss " +
                                           (loss.empty() ? "none" : loss);
  if (style_.threshold) check_threshold("predict", *style_.threshold, model);
  const bool either = !several_ && !answers_.empty() && answers_[0].answer.kind == Answer::Kind::either;
  if (style_.threshold && !either)
    fail(ErrorKind::usage, "predict",
         "--threshold for " + which + ", expected a model whose single output tells two classes apart");
  const bool any_class =
      std::any_of(answers_.begin(), answers_.end(), [](auto& column) { return column.answer.is_class(); });
  if (style_.classes_only && !any_class)
    fail(ErrorKind::usage, "predict", "--classes-only for " + which + ", expected a model that tells classes apart");
}

std::vector<std::string> PredictionTable::usual_names(const Model& model, std::size_t outputs) const {
  if (several_) {
    std::vector<std::string> names;
    for (const OutputAnswer& of : answers_of(model.compiled(), model.outputs(), model.target_classes())) {
      const bool named = of.answer.kind == Answer::Kind::largest;
      for (std::int64_t k = 0; k < of.output.width; ++k) {
        const std::string unit = named ? of.answer.classes[k] : std::to_string(k + 1);
        names.push_back(of.output.width == 1 ? of.output.name : of.output.name + "_" + unit);
      }
    }
    return names;
  }
  const Answer::Kind kind = answers_.empty() ? Answer::Kind::none : answers_[0].answer.kind;
  if (kind == Answer::Kind::either && model.classes().size() == 2) return {model.classes()[1]};
  if (kind == Answer::Kind::largest && model.classes().size() == outputs) return model.classes();
  if (kind != Answer::Kind::either && model.target_names().size() == outputs) return model.target_names();
  return std::vector<std::string>(outputs);
}

void PredictionTable::name_outputs(const Model& model, std::size_t outputs) {
  names_ = usual_names(model, outputs);
  // The answers keep their names in every table: an output of the same name counts as one without a name.
  std::set<std::string> taken;
  for (const AnswerColumn& column : answers_) taken.insert(column.name);
  for (std::size_t k = 0; k < outputs; ++k) {
    if (names_[k].empty() || taken.contains(names_[k])) names_[k] = "output_" + std::to_string(k + 1);
  }
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
  for (const AnswerColumn& column : answers_) names.push_back(column.name);
  return csv_line(names, style_.delimiter);
}

std::string PredictionTable::row(const float* outputs, const std::vector<std::string>& kept) const {
  std::string line;
  const auto add = [&](const std::string& text) { line += text + style_.delimiter; };
  for (const std::string& text : kept) add(text.empty() ? text : cell(text, style_.delimiter));
  for (std::size_t k = 0; k < names_.size() && !style_.classes_only; ++k)
    add(outputs == nullptr ? std::string() : number_text(outputs[k]));
  for (const AnswerColumn& column : answers_) {
    const Answer& answer = column.answer;
    const float* const own = outputs == nullptr ? nullptr : outputs + column.first;
    add(own == nullptr ? std::string() : answer.is_class() ? column.classes[answer.class_of(own)] : number_text(*own));
  }
  return ended(std::move(line));
}

}  // namespace millrace::cli
