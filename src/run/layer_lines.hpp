// SPDX-License-Identifier: Apache-2.0
//
// The file of LayerLog: JSON lines, one for each recorded epoch and layer. docs/files.md describes the fields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "run/layer_record.hpp"

namespace millrace {

struct EpochLayer {
  std::int64_t epoch = 0, step = 0;  ///< step: of the run, at the end of the epoch
  LayerRecord record;
};

/// With its line end. Numbers have the digits of a float, because the order in which workers add is not fixed.
[[nodiscard]] std::string layer_line(const EpochLayer& layer);
/// Lines that are no such objects are left out.
[[nodiscard]] std::vector<EpochLayer> layers_of(std::string_view text);
/// The lines of the file; none if it is not there. Throws Error{data} if it cannot be read.
[[nodiscard]] std::vector<EpochLayer> read_layer_log(const std::string& path);

}  // namespace millrace
