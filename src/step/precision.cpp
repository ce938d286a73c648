// SPDX-License-Identifier: Apache-2.0
#include "step/precision.hpp"

#include "base/fail.hpp"
#include "base/names.hpp"
#include "kernels/pair_product.hpp"
#include "kernels/processor.hpp"
#include "millrace/error.hpp"
#include "millrace/words.hpp"

namespace millrace {

namespace {

// Whole steps on Zen 4 are faster by a sixth or more from these numbers on (docs/measurements.md, 227). With fewer rows,
// or if most of the work is in smaller layers, rounding takes most of the time that the products save.
constexpr std::int64_t rows_worth_rounding = 32;
constexpr double share_worth_rounding = 0.5;

// The share of the multiply-adds of dense layers that products of bfloat16 numbers would compute.
double rounded_share(const Network& network) {
  double rounded = 0, all = 0;
  for (const NetworkNode& node : network.nodes()) {
    all += node.layer->row_work(node.input_shapes);
    for (const int index : node.parameters) {
      const NetworkParameter& parameter = network.parameters()[index];
      if (!parameter.spec.matmul_operand) continue;
      const std::int64_t units = parameter.spec.shape.back(), inputs = parameter.size / units;
      all += static_cast<double>(parameter.size);
      if (pays_bfloat16(inputs, units)) rounded += static_cast<double>(parameter.size);
    }
  }
  return all > 0 ? rounded / all : 0;
}

PrecisionChoice automatic(const Network& network, std::int64_t batch, bool line_search) {
  const auto fp32 = [](const std::string& reason) {
    return PrecisionChoice{ProductPrecision::fp32, "precision auto: fp32, because " + reason};
  };
  if (line_search) return fp32("lbfgs compares losses along a line");
  if (pair_kernel() != PairKernel::bf16) return fp32("this processor has no instructions for bfloat16 numbers");
  if (batch < rows_worth_rounding)
    return fp32("a batch has fewer than " + std::to_string(rows_worth_rounding) + " rows");
  if (rounded_share(network) < share_worth_rounding) return fp32("small layers and other layers do most of the work");
  return {ProductPrecision::mixed_bfloat16,
          "precision auto: mixed_bfloat16, because large dense layers do most of the work"};
}

}  // namespace

std::string name_of(ProductPrecision precision) {
  return std::string(precision_words[static_cast<std::size_t>(precision)]);
}

ProductPrecision precision_of(const std::string& word) {
  const auto without_auto = std::span(precision_words).first<2>();
  if (const auto precision = value_of_word<ProductPrecision>(without_auto, word)) return *precision;
  fail(ErrorKind::usage, "precision",
       unknown_name("precision", word, {precision_words.begin(), precision_words.end()}));
}

PrecisionChoice choose_precision(const std::string& word, const Network& network, std::int64_t batch,
                                 bool line_search) {
  if (word == "auto") return automatic(network, batch, line_search);
  PrecisionChoice choice{precision_of(word), ""};
  if (choice.precision == ProductPrecision::fp32) return choice;
  if (line_search)
    fail(ErrorKind::usage, "precision",
         "lbfgs compares losses along a line, which rounding to bfloat16 would disturb; expected fp32, or another "
         "optimizer");
  if (rounded_share(network) == 0)
    choice.note = "mixed_bfloat16 changes nothing: no dense layer is large enough, so all stay in fp32";
  else if (pair_kernel() != PairKernel::bf16)
    choice.note = "mixed_bfloat16 is emulated, because " + kernel_isa() +
                  " has no instructions for it: the bits are the same, but fp32 is faster";
  return choice;
}

}  // namespace millrace
