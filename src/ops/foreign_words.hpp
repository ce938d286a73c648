// SPDX-License-Identifier: Apache-2.0
//
// What other programs call the operations of the tables here, for messages about unknown names.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// An operation of Keras, PyTorch, scikit-learn, LightGBM or XGBoost, and the one here that does the same or comes nearest.
/// Names are compared without capitals, underscores and other marks.
struct ForeignWord {
  std::string_view what;  ///< "loss", as find_row() has it
  std::string_view name;
  std::string_view own;   ///< what to write instead
  std::string_view more;  ///< the same for more than two classes, if it differs
};
[[nodiscard]] std::span<const ForeignWord> foreign_words();

/// "unknown loss 'BCELoss', expected binary_crossentropy", or the nearest of the known names as unknown_name() has them. Of a
/// call such as Dropout(0.5), the same as it is written here: dropout:0.5.
[[nodiscard]] std::string unknown_operation(std::string_view what, std::string_view name,
                                            const std::vector<std::string_view>& known);

}  // namespace millrace
