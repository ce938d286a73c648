// SPDX-License-Identifier: Apache-2.0
#include "ops/layers/normalization.hpp"

#include "base/buffer.hpp"
#include "base/fail.hpp"

namespace millrace {

std::vector<GradientTile> normalization_tiles(int gamma, int beta, std::int64_t width) {
  GradientTile tile;
  for (const int parameter : {gamma, beta}) {
    if (parameter < 0) continue;
    tile.blocks.push_back(
        {.parameter = parameter, .rows = {0, 1}, .columns = {0, width}, .offset = tile.floats, .stride = width});
    tile.floats += round_up(width, cache_line_floats);
  }
  return tile.blocks.empty() ? std::vector<GradientTile>{} : std::vector<GradientTile>{tile};
}

void require_vector(std::string_view layer, const Shape& input) {
  if (input.size() != 1)
    fail(ErrorKind::usage, layer,
         "input has shape " + shape_text(input) + ", expected one dimension; put a flatten layer before it");
}

}  // namespace millrace
