// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "millrace/model.hpp"

namespace millrace::cli {

/// --threshold of a command. Throws Error{usage} if the model does not decide by a threshold, or none of its scores can
/// be beyond this one. `who`: the command, for the message.
void check_threshold(std::string_view who, double threshold, const Model& model);

/// Lets metrics without a threshold of their own count the answers that the model gives. Without this they compare logits
/// and margins with 0.5, as Keras does, where the answers depend on their sign.
void count_answers(Model& model);

}  // namespace millrace::cli
