// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/fail.hpp"
#include "ops/initializers/initializer.hpp"

namespace millrace {

namespace {

// Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning", 2014. The columns are orthogonal
// if the matrix has more rows than columns, else the rows are. Gram-Schmidt runs twice to remove rounding errors.
struct Orthogonal {
  static constexpr std::string_view op = "orthogonal", summary = "rows or columns orthogonal, of length gain";
  double gain = 1;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("gain", &Orthogonal::gain, "length of the vectors")};
  }
  void fill(const InitializerSite& site, Random random, std::span<float> values) const {
    if (values.empty()) return;
    if (site.shape.size() < 2) fail(ErrorKind::usage, op, "shape " + shape_text(site.shape) + ", expected a matrix");
    const auto columns = static_cast<std::size_t>(site.shape.back()), rows = values.size() / columns;
    const std::size_t count = std::min(rows, columns), length = std::max(rows, columns);
    std::vector<std::vector<double>> vectors(count, std::vector<double>(length));
    for (std::size_t v = 0; v < count; ++v) {
      for (double& value : vectors[v]) value = random.normal();
      for (int pass = 0; pass < 2; ++pass) {
        for (std::size_t before = 0; before < v; ++before) remove(vectors[before], vectors[v]);
      }
      const double norm = std::sqrt(dot(vectors[v], vectors[v]));
      for (double& value : vectors[v]) value /= norm;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t r = i / columns, c = i % columns;
      values[i] = static_cast<float>(gain * (rows > columns ? vectors[c][r] : vectors[r][c]));
    }
  }

 private:
  static double dot(const std::vector<double>& a, const std::vector<double>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  }
  static void remove(const std::vector<double>& direction, std::vector<double>& from) {
    const double share = dot(direction, from);
    for (std::size_t i = 0; i < from.size(); ++i) from[i] -= share * direction[i];
  }
};

}  // namespace

std::vector<InitializerRow> orthogonal_initializers() { return {initializer_row_of<Orthogonal>()}; }

}  // namespace millrace
