// SPDX-License-Identifier: Apache-2.0
//
// What the outputs of a model say about a row: a number, or one of several classes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "millrace/model.hpp"

namespace millrace {

struct Answer {
  enum class Kind : std::uint8_t {
    none,    ///< several numbers or labels
    value,   ///< the single output
    either,  ///< one of two classes: the second one if the single output is above the threshold
    largest  ///< the class with the largest output, the first of equal ones
  };
  Kind kind = Kind::none;
  std::vector<std::string> classes{};  ///< of `either` and `largest`: names in index order
  float threshold = 0.5F;              ///< of `either`

  [[nodiscard]] bool is_class() const { return kind == Kind::either || kind == Kind::largest; }
  /// The index of the class that these outputs say. Only if is_class().
  template <class Number>
  [[nodiscard]] std::int64_t class_of(const Number* outputs) const {
    if (kind == Kind::either) return *outputs > static_cast<Number>(threshold) ? 1 : 0;
    return std::max_element(outputs, outputs + classes.size()) - outputs;
  }
};

/// The class that a row of targets says. either: the model has one output for two classes.
[[nodiscard]] std::int64_t actual_class(const MatrixView& targets, std::int64_t row, bool either);

/// The answer of a model with `outputs` output units and this loss (with an empty one, outputs are numbers). `classes` and
/// `targets` are the names of classes and target columns; where they do not fit, classes are called 0, 1, 2, ...
[[nodiscard]] Answer answer_of(const LossConfig& loss, std::int64_t outputs, const std::vector<std::string>& classes,
                               const std::vector<std::string>& targets);

/// An output of a model with several, and what it says.
struct OutputAnswer {
  ModelOutput output;
  Answer answer;
};

/// The answers of several outputs, in their order. `target_classes`: as Model::target_classes().
[[nodiscard]] std::vector<OutputAnswer> answers_of(const CompileOptions& compiled,
                                                   const std::vector<ModelOutput>& outputs,
                                                   const std::vector<std::vector<std::string>>& target_classes);

}  // namespace millrace
