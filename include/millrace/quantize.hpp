// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const Split parts = split_last(data, 0.2);
//   const QuantizeReport report =
//       model.export_quantized("small.onnx", parts.train, parts.validation, {.numbers = SmallNumbers::int8});
//   std::cout << report.full_bytes << " -> " << report.quantized_bytes << " bytes, " << report.metric << " "
//             << report.full << " -> " << report.quantized << "\n";
//
// Models with smaller numbers, in files of a quarter or half of the size. Other programs run them; millrace does not load
// them.
#pragma once

#include <cstdint>
#include <string>

#include "millrace/onnx.hpp"

namespace millrace {

enum class SmallNumbers : std::uint8_t {
  int8,          ///< 8 bits for weights and inputs of layers; scales of inputs follow from training rows
  int8_dynamic,  ///< the same, but those scales follow from each batch as it is served
  fp16           ///< half precision; what it cannot hold stays fp32
};

struct QuantizeOptions {
  SmallNumbers numbers = SmallNumbers::int8;
  double max_loss = 0.005;  ///< share of the metric by which it may become worse on the held-out rows
  OnnxOptions onnx{};
};

struct QuantizeReport {
  /// The first one of CompileOptions, else accuracy or mean_absolute_error; of several outputs the one that lost most.
  std::string metric{};
  double full = 0, quantized = 0;  ///< the metric on the held-out rows, with fp32 and with smaller numbers
  std::int64_t rows = 0;           ///< held-out rows that were measured: the first 10 000 at most; 0: none
  double largest_difference = 0;   ///< between the outputs of both
  std::uint64_t full_bytes = 0, quantized_bytes = 0;  ///< of the files
};

}  // namespace millrace
