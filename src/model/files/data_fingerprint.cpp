// SPDX-License-Identifier: Apache-2.0
#include "model/files/data_fingerprint.hpp"

#include <array>
#include <span>

#include "model/files/checkpoint.hpp"
#include "store/checksum.hpp"
#include "table/storage/stored.hpp"

namespace millrace {

std::string fingerprint(const Preparation& preparation) {
  ChecksumStream checksum;
  checksum.add(std::as_bytes(std::span(preparation.mean)));
  checksum.add(std::as_bytes(std::span(preparation.scale)));
  return checksum.hex();
}

std::string fingerprint(const Dataset& data) {
  ChecksumStream checksum;
  const std::array<std::int64_t, 3> extents{data.rows(), data.features.columns, data.targets.columns};
  checksum.add(std::as_bytes(std::span(extents)));
  const auto add_row = [&](const float* row, std::int64_t columns) {
    checksum.add(std::as_bytes(std::span(row, static_cast<std::size_t>(columns))));
  };
  Pass pass(storage_of(data));
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    const std::int64_t row = data.table_row(r);
    pass.over(data.features.stride * std::int64_t{sizeof(float)});
    add_row(data.features.row(row), data.features.columns);
    if (data.targets.rows > 0) add_row(data.targets.row(row), data.targets.columns);
    if (!data.weights.empty()) add_row(&data.weights[row], 1);
    if (!data.folds.empty()) checksum.add(std::as_bytes(std::span(&data.folds[row], 1)));
  }
  return checksum.hex();
}

std::string fingerprint(const Model& start, const std::string& optimizer_state) {
  ChecksumStream checksum;
  for (const Parameter& parameter : start.parameters()) {
    checksum.add_text(parameter.name);
    checksum.add(std::as_bytes(std::span(parameter.shape)));
    checksum.add(std::as_bytes(std::span<const float>(start.weights(parameter.name))));
  }
  if (optimizer_state.empty()) return checksum.hex();
  const TensorFile file = open_checkpoint(optimizer_state);
  const TrainingState at = read_recorded_run(file, optimizer_state).state;
  const std::array<std::int64_t, 2> position{at.iteration, at.steps};
  checksum.add(std::as_bytes(std::span(position)));
  for (const NamedTensor& tensor : file.tensors) {
    if (!tensor.name.starts_with("optimizer/")) continue;
    checksum.add_text(tensor.name);
    checksum.add(tensor.bytes);
  }
  return checksum.hex();
}

}  // namespace millrace
