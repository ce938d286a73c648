// SPDX-License-Identifier: Apache-2.0
//
// A workload as users have it: a compiled Model and its data.
#pragma once

#include "harness/workload.hpp"
#include "millrace/model.hpp"

namespace millrace::bench {

struct Trained {
  explicit Trained(const std::string& name);
  /// Throws unless the model's outputs for the first rows are those of the plain reference with its weights.
  void verify_predictions();

  const Workload& of;
  Table table;
  Dataset data;
  Model model;
};

}  // namespace millrace::bench
