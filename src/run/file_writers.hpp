// SPDX-License-Identifier: Apache-2.0
//
// The functions through which a run writes its files. The model provides them, because files contain its description.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace millrace {

struct FileWriters {
  std::function<void()> save_checkpoint;
  /// Writes a model with `weights`, those after `epochs` epochs.
  std::function<void(const std::string& path, std::span<const float> weights, std::int64_t epochs)> write_model;
};

}  // namespace millrace
