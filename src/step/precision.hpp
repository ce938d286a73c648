// SPDX-License-Identifier: Apache-2.0
//
// The precision of a run, from the word that users type.
#pragma once

#include <cstdint>
#include <string>

#include "kernels/bfloat16.hpp"
#include "network/network.hpp"

namespace millrace {

struct PrecisionChoice {
  ProductPrecision precision = ProductPrecision::fp32;
  std::string note;  ///< a sentence for the user: what "auto" chose and why, or that products are slower; may be empty
};

/// word: one of precision_words. Auto is a function of the network, the batch size and the instruction set.
/// line_search: the optimizer compares losses along a line (lbfgs). Throws Error{usage} for another word, and for
/// mixed_bfloat16 with a line search.
[[nodiscard]] PrecisionChoice choose_precision(const std::string& word, const Network& network, std::int64_t batch,
                                               bool line_search);

/// "fp32" or "mixed_bfloat16". Throws Error{usage} for another word.
[[nodiscard]] ProductPrecision precision_of(const std::string& word);
[[nodiscard]] std::string name_of(ProductPrecision precision);

}  // namespace millrace
