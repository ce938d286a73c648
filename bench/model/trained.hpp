// SPDX-License-Identifier: Apache-2.0
//
// A workload as a user of the library writes it: a compiled Model and its data.
#pragma once

#include "harness/workload.hpp"
#include "millrace/model.hpp"

namespace millrace::bench {

struct Trained {
  explicit Trained(const std::string& name);
  /// Throws unless the outputs of the model for the first rows agree with the plain reference.
  void verify_predictions();

  const Workload& of;
  Table table;
  Dataset data;
  Model model;
};

}  // namespace millrace::bench
