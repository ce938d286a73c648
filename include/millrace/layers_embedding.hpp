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
///
/// embeddings_l1, embeddings_l2 are of the whole table, as Keras's embeddings_regularizer is, whatever rows a batch
/// has: every row then has a gradient in every step, and updates are dense, also with sparse.
struct Embedding {
  static constexpr LayerName op = "embedding";
  NameTheOption name_the_option{};
  std::int64_t input_dim = 0;   ///< how many categories, at most 2^24: more are not whole numbers in fp32
  std::int64_t output_dim = 0;  ///< length of a vector
  std::string embeddings_initializer = "random_uniform";  ///< -0.05 to 0.05
  bool sparse = false;
  double embeddings_l1 = 0;
  double embeddings_l2 = 0;
  static Embedding defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.embeddings_initializer = "random_normal:stddev=1"};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("input_dim", &Embedding::input_dim, "number of categories", positive),
        field("output_dim", &Embedding::output_dim, "length of a vector", positive),
        field("embeddings_initializer", &Embedding::embeddings_initializer, "initial vectors, by name", by_name),
        field("sparse", &Embedding::sparse, "only rows that the batch has are updated"),
        field("embeddings_l1", &Embedding::embeddings_l1, "adds l1 sum |e| of the table to the loss; no sparse updates",
              not_negative),
        field("embeddings_l2", &Embedding::embeddings_l2, "adds l2 sum e^2 of the table to the loss; no sparse updates",
              not_negative)};
  }
};

}  // namespace millrace
