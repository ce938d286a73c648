// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "millrace/training.hpp"

namespace millrace::cli {

/// Writes history.csv, one row an epoch: epoch,loss,<metrics>,val_loss,val_<metrics>,learning_rate. Numbers read back
/// as the same bits. `metrics` name the columns where there was no epoch. Throws Error{usage} for a path that cannot be
/// written.
void write_history(const std::string& path, const std::vector<Epoch>& epochs, const std::vector<std::string>& metrics,
                   bool validated);

}  // namespace millrace::cli
