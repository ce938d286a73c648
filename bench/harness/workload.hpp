// SPDX-License-Identifier: Apache-2.0
//
// The networks that every speed figure uses, the same as in bench/contenders/workloads.py: Adam with learning rate
// 1e-3, standard-normal inputs, labels from a random linear rule.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/matmul.hpp"
#include "millrace/config.hpp"
#include "millrace/data.hpp"

namespace millrace::bench {

struct Workload {
  std::string name;
  std::int64_t rows = 0;
  std::vector<std::int64_t> widths;
  std::string hidden;  ///< activation; the last one and the loss follow from the last width
  std::int64_t batch = 0;
  ProductPrecision precision = ProductPrecision::fp32;
  KernelChoice kernels = KernelChoice::automatic;
  bool regression = false;  ///< of the exponentials of 2x2 matrices: four inputs and four outputs
  int cut_for = 0;          ///< workers that the row phase is cut for; 0: those that there are

  [[nodiscard]] std::string output() const {
    return regression ? "linear" : widths.back() == 1 ? "sigmoid" : "softmax";
  }
  [[nodiscard]] std::string loss() const {
    if (regression) return "mean_squared_error";
    return widths.back() == 1 ? "binary_crossentropy" : "sparse_categorical_crossentropy";
  }
  [[nodiscard]] std::vector<LayerConfig> layers() const;
  /// Floating-point operations of the products of a step. The first layer computes no delta of its input.
  [[nodiscard]] double step_flops() const;
};

/// classroom, tabular, mnist, wide.
[[nodiscard]] std::span<const Workload> workloads();
[[nodiscard]] const Workload& workload(const std::string& name);

/// The table of a workload. Numbers repeat in rows that are far apart, so that few have to be drawn.
struct Table {
  Matrix x, y;
  [[nodiscard]] Dataset dataset() const;
};
[[nodiscard]] Table table_of(const Workload& workload);

}  // namespace millrace::bench
