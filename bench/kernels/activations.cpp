// SPDX-License-Identifier: Apache-2.0
//
// Forward and backward of every activation of the table, on rows that fit the first cache and on rows that do not.
#include "ops/activations/activation.hpp"

#include "harness/benchmark.hpp"
#include "kernels/random.hpp"

namespace millrace::bench {

namespace {

struct Extents {
  std::int64_t rows, columns;
  [[nodiscard]] std::string name() const { return std::to_string(rows) + "x" + std::to_string(columns); }
};
constexpr Extents small{32, 64}, large{256, 512};

struct Operands {
  Operands(const std::string& name, const Extents& extents)
      : activation(make_activation(name)),
        rows(extents.rows),
        columns(extents.columns),
        z(normal_floats(rows * columns, 1)),
        y(z),
        delta(normal_floats(rows * columns, 2)) {
    forward();
  }
  void forward() { activation->forward({z.data(), columns}, {y.data(), columns}, rows, columns); }
  void backward() {
    const float* saved = activation->backward_reads_output() ? y.data() : z.data();
    activation->backward({saved, columns}, {delta.data(), columns}, rows, columns);
  }
  [[nodiscard]] double bytes(int arrays) const { return static_cast<double>(arrays * rows * columns) * sizeof(float); }

  std::shared_ptr<const Activation> activation;
  std::int64_t rows, columns;
  std::vector<float> z, y, delta;
};

void verify_forward(const std::string& name, Operands& at) {
  const auto columns = static_cast<std::size_t>(at.columns);
  const std::vector<double> z = in_double(at.z);
  std::vector<double> expected(z.size());
  for (std::size_t i = 0; i < z.size(); i += columns)
    at.activation->reference(std::span(z).subspan(i, columns), std::span(expected).subspan(i, columns));
  expect_close(name, at.y, expected, 1e-5);
}

// Row by row, because some functions depend on a whole row: the slope of sum delta f(z) along v is
// sum (delta df/dz) v.
void verify_backward(const std::string& name, Operands& at) {
  const auto columns = static_cast<std::size_t>(at.columns);
  const std::vector<float> delta = at.delta, direction = normal_floats(at.rows * at.columns, 3);
  const std::vector<double> z = in_double(at.z);
  at.backward();
  for (std::size_t i = 0; i < z.size(); i += columns) {
    const auto row = [&](std::span<const float> values) { return values.subspan(i, columns); };
    const auto f = [&](std::span<const double> input) {
      std::vector<double> output(columns);
      at.activation->reference(input, output);
      return inner_product(output, row(delta));
    };
    const double expected = slope(f, std::span(z).subspan(i, columns), row(direction));
    expect_close(name + " backward", inner_product(in_double(row(at.delta)), row(direction)), expected, 1e-3);
  }
}

void forward(benchmark::State& state, const std::string& name, const Extents& extents) {
  Operands at(name, extents);
  if (answer_wanted()) verify_forward(name, at);
  measure(state, [&] { at.forward(); });
  report_rows(state, at.rows);
  report_bytes(state, at.bytes(2));
}

void backward(benchmark::State& state, const std::string& name, const Extents& extents) {
  Operands at(name, extents);
  if (answer_wanted()) verify_backward(name, at);
  measure(state, [&] { at.backward(); });
  report_rows(state, at.rows);
  report_bytes(state, at.bytes(3));
}

const Group activations([] {
  for (const ActivationRow& row : activation_table()) {
    for (const Extents& extents : {small, large}) {
      const std::string name(row.name), end = "/" + extents.name();
      add("activation/" + name + "/forward" + end, [=](benchmark::State& state) { forward(state, name, extents); });
      add("activation/" + name + "/backward" + end, [=](benchmark::State& state) { backward(state, name, extents); });
    }
  }
});

}  // namespace

}  // namespace millrace::bench
