// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/prediction_table.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "millrace/targets.hpp"

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

std::vector<std::string> numbers_to(std::size_t count) {
  std::vector<std::string> numbers;
  for (std::size_t k = 0; k < count; ++k) numbers.push_back(std::to_string(k));
  return numbers;
}

}  // namespace

PredictionTable::PredictionTable(const Model& model, char delimiter) : delimiter_(delimiter) {
  const LossConfig loss = model.compiled().loss;
  const auto outputs = static_cast<std::size_t>(model.output_width());
  const TargetKind kind = loss.op.empty() ? TargetKind::numbers : target_kind(loss);
  if (kind == TargetKind::numbers) {
    answer_ = outputs == 1 ? Answer::value : Answer::none;
  } else if (outputs == 1) {
    answer_ = Answer::either;
    classes_ = model.classes().size() == 2 ? model.classes() : numbers_to(2);
    threshold_ = static_cast<float>(model.threshold());
  } else if (kind == TargetKind::classes) {
    answer_ = Answer::largest;
    const bool columns_are_classes = model.target_names().size() == outputs;
    classes_ = model.classes().size() == outputs ? model.classes()
               : columns_are_classes             ? model.target_names()
                                                 : numbers_to(outputs);
  }
  name_outputs(model, outputs);
  for (std::string& text : classes_) text = cell(text, delimiter_);
}

void PredictionTable::name_outputs(const Model& model, std::size_t outputs) {
  if (answer_ == Answer::either && model.classes().size() == 2) {
    names_ = {model.classes()[1]};
  } else if (answer_ == Answer::largest && model.classes().size() == outputs) {
    names_ = model.classes();
  } else if (answer_ != Answer::either && model.target_names().size() == outputs) {
    names_ = model.target_names();
  } else {
    names_.resize(outputs);
  }
  // The answer keeps its name in every table: an output of the same name counts as one without a name.
  for (std::size_t k = 0; k < outputs; ++k) {
    if (names_[k].empty() || (names_[k] == answer_name && answer_ != Answer::none))
      names_[k] = "output_" + std::to_string(k + 1);
  }
}

std::string PredictionTable::header() const {
  std::string line;
  for (const std::string& name : names_) line += cell(name, delimiter_) + delimiter_;
  if (answer_ == Answer::none)
    line.pop_back();
  else
    line += answer_name;
  return line + "\n";
}

std::string PredictionTable::row(const float* outputs) const {
  std::string line;
  for (std::size_t k = 0; k < names_.size(); ++k) line += number_text(outputs[k]) + delimiter_;
  switch (answer_) {
    case Answer::none:
      line.pop_back();
      break;
    case Answer::value:
      line += number_text(outputs[0]);
      break;
    case Answer::either:
      line += classes_[outputs[0] > threshold_ ? 1 : 0];
      break;
    case Answer::largest:
      line += classes_[static_cast<std::size_t>(std::max_element(outputs, outputs + names_.size()) - outputs)];
      break;
  }
  return line + "\n";
}

}  // namespace millrace::cli
