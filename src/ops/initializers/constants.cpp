// SPDX-License-Identifier: Apache-2.0
//
// Initializers that give all weights the same value.
#include <algorithm>

#include "ops/initializers/initializer.hpp"

namespace millrace {

namespace {

struct Zeros : NoOptions {
  static constexpr std::string_view op = "zeros", summary = "all 0";
  void fill(const InitializerSite&, Random, std::span<float> values) const {
    std::fill(values.begin(), values.end(), 0.0F);
  }
};

struct Ones : NoOptions {
  static constexpr std::string_view op = "ones", summary = "all 1";
  void fill(const InitializerSite&, Random, std::span<float> values) const {
    std::fill(values.begin(), values.end(), 1.0F);
  }
};

struct Constant {
  static constexpr std::string_view op = "constant", summary = "the same value everywhere";
  double value = 0;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("value", &Constant::value, "value of every weight")};
  }
  void fill(const InitializerSite&, Random, std::span<float> values) const {
    std::fill(values.begin(), values.end(), static_cast<float>(value));
  }
};

}  // namespace

std::vector<InitializerRow> constant_initializers() {
  return {initializer_row_of<Zeros>(), initializer_row_of<Ones>(), initializer_row_of<Constant>()};
}

}  // namespace millrace
