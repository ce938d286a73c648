// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Tensor city = input("city", {"city"}) | Embedding{.input_dim = 5000, .output_dim = 16} | Flatten{};
//
// Categories as vectors that are learned.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// y[.., :] = embeddings[x[..], :]: an input of shape (n) becomes (n, output_dim). The input is columns of the data
/// that hold whole numbers from 0 to input_dim - 1; they are checked before the first step, and never standardised.
///
/// By default an optimizer moves every row of the table in every step, as in Keras and in PyTorch with sparse=False:
/// a row that the batch does not have has gradient 0, but momentum and weight decay move it too.
/// sparse: rows that the batch does not have stay as they are, with all their state, as in PyTorch with sparse=True and
/// SparseAdam; the optimizer's count of steps is that of the model. Time and memory of a step then depend on the batch
/// and not on input_dim. Clipping by a norm, accumulation and averages need all rows, and are refused with it.
struct Embedding {
  static constexpr std::string_view op = "embedding";
  std::int64_t input_dim = 0;   ///< how many categories, at most 2^24: more are not whole numbers in fp32
  std::int64_t output_dim = 0;  ///< length of a vector
  std::string embeddings_initializer = "random_uniform";  ///< -0.05 to 0.05
  bool sparse = false;
  static Embedding defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.embeddings_initializer = "random_normal:stddev=1"};
    return {};
  }
  static constexpr auto fields() {
    return std::tuple{
        field("input_dim", &Embedding::input_dim, "number of categories", positive),
        field("output_dim", &Embedding::output_dim, "length of a vector", positive),
        field("embeddings_initializer", &Embedding::embeddings_initializer, "initial vectors, by name", by_name),
        field("sparse", &Embedding::sparse, "only rows that the batch has are updated")};
  }
};

}  // namespace millrace
