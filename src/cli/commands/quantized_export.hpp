// SPDX-License-Identifier: Apache-2.0
//
// millrace export with smaller numbers: --int8 and --fp16.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands/named_file.hpp"
#include "cli/settings/command.hpp"
#include "millrace/model.hpp"

namespace millrace::cli {

[[nodiscard]] std::vector<Flag> quantize_flags();
[[nodiscard]] std::vector<FlagRule> quantize_rules();

/// What --int8, --dynamic, --fp16 and --max-loss ask for; empty: fp32. Throws Error{usage}.
[[nodiscard]] std::optional<QuantizeOptions> quantize_setting(const Settings& settings);

/// The files that smaller numbers are measured on: of --data, --target and --validation. Throws Error: usage, data.
[[nodiscard]] std::vector<NamedFile> files_to_quantize(const Settings& settings);

/// Reads --data, and writes the model to `path`. Throws as Model::export_quantized().
[[nodiscard]] QuantizeReport export_quantized(const Model& model, const std::string& path,
                                              const QuantizeOptions& options, const Settings& settings);

/// Microseconds that ONNX Runtime takes for a row, in batches of 64 rows on one thread.
struct RuntimeSpeed {
  std::string
      version{};  ///< of ONNX Runtime; empty: the python3 of the search path has none, or it cannot run the model
  double full = 0, quantized = 0;
};
/// `full` and `quantized` are ONNX files.
[[nodiscard]] RuntimeSpeed measure_in_runtime(const std::string& full, const std::string& quantized);

[[nodiscard]] std::string quantize_text(const QuantizeReport& report, const RuntimeSpeed& speed, SmallNumbers numbers);
[[nodiscard]] std::string quantize_json(const QuantizeReport& report, const RuntimeSpeed& speed,
                                        const std::string& path);

}  // namespace millrace::cli
