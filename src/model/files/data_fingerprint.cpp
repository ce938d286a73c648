// SPDX-License-Identifier: Apache-2.0
#include "model/files/data_fingerprint.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <memory>

namespace millrace {

namespace {

// What add(bytes, size) was called with, in order.
template <class Give>
std::string hash_of(const Give& give) {
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(), XXH3_freeState);
  XXH3_128bits_reset(state.get());
  give([&](const void* bytes, std::size_t size) { XXH3_128bits_update(state.get(), bytes, size); });
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  std::string text;
  for (const std::uint64_t part : {hash.high64, hash.low64}) {
    for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(part >> shift) & 15];
  }
  return text;
}

}  // namespace

std::string fingerprint(const Preparation& preparation) {
  return hash_of([&](const auto& add) {
    for (const std::vector<float>* part : {&preparation.mean, &preparation.scale})
      add(part->data(), part->size() * sizeof(float));
  });
}

std::string fingerprint(const Dataset& data) {
  return hash_of([&](const auto& add) {
    const std::array<std::int64_t, 3> extents{data.rows(), data.features.columns, data.targets.columns};
    add(extents.data(), sizeof extents);
    for (std::int64_t r = 0; r < data.rows(); ++r) {
      const std::int64_t row = data.table_row(r);
      add(data.features.row(row), static_cast<std::size_t>(data.features.columns) * sizeof(float));
      if (data.targets.rows > 0)
        add(data.targets.row(row), static_cast<std::size_t>(data.targets.columns) * sizeof(float));
      if (!data.weights.empty()) add(&data.weights[static_cast<std::size_t>(row)], sizeof(float));
    }
  });
}

}  // namespace millrace
