// SPDX-License-Identifier: Apache-2.0
#include "step/chunks.hpp"

namespace millrace {

namespace {

constexpr std::int64_t chunk_floats = 8192;

}  // namespace

std::vector<Chunk> trained_chunks(const Network& network, const ParameterStore& store) {
  std::vector<Chunk> chunks;
  for (std::size_t p = 0; p < network.parameters().size(); ++p) {
    if (!network.parameters()[p].spec.trainable) continue;
    const IndexRange extent = store.extent(static_cast<int>(p));
    for (std::int64_t at = extent.begin; at < extent.end; at += chunk_floats)
      chunks.push_back({static_cast<int>(p), at, std::min(chunk_floats, extent.end - at)});
  }
  return chunks;
}

}  // namespace millrace
