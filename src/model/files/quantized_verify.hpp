// SPDX-License-Identifier: Apache-2.0
//
// The check of a file with smaller numbers against the model that it was made from: millrace verify.
#pragma once

#include <string>

#include "millrace/data.hpp"
#include "model/files/quantized_measure.hpp"

namespace millrace {

/// "int8", "int8_dynamic" or "fp16"; empty: the file has fp32 numbers, or is no ONNX file.
[[nodiscard]] std::string small_numbers_of(const std::string& path);

struct QuantizedVerification {
  std::string numbers;      ///< as small_numbers_of()
  std::string certificate;  ///< JSON: what was measured at the export
  double max_loss = 0;      ///< share of the metric that the certificate allows
  MetricLoss found;
};

/// Reads the file, which must be as it was written, and measures the metric of its graph and of `original`, a checkpoint or
/// an fp32 model, on `rows`, whose targets are as the original takes them. Throws Error: data, usage (the rows), mismatch
/// (the file was changed, was made from another model, or its metric is worse by more than the certificate allows).
[[nodiscard]] QuantizedVerification verify_quantized(const std::string& path, const std::string& original,
                                                     bool original_is_checkpoint, const Dataset& rows);

}  // namespace millrace
