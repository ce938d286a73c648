// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "kernels/matmul.hpp"

namespace millrace {

/// The products of shards and tiles of one shape are one product: what a call reads of it stays in the cache, where a
/// large batch would push out one for each shard.
class EqualProducts {
 public:
  explicit EqualProducts(KernelChoice kernels) : kernels_(kernels) {}
  /// The reference holds as long as this object.
  [[nodiscard]] const Matmul& of(const MatmulSpec& spec) {
    for (const Matmul& known : products_)
      if (known.spec() == spec) return known;
    return products_.emplace_back(spec, kernels_);
  }

 private:
  KernelChoice kernels_;
  std::deque<Matmul> products_;
};

}  // namespace millrace
