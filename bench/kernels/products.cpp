// SPDX-License-Identifier: Apache-2.0
//
// The matrix products of dense layers, by each library and by the kernel that a plan chooses.
#include <cmath>

#include "base/buffer.hpp"
#include "harness/benchmark.hpp"
#include "kernels/matmul.hpp"
#include "kernels/panels.hpp"
#include "kernels/random.hpp"

namespace millrace::bench {

namespace {

// y = x W + b, dx = dy W^T and dW = x^T dy of a layer.
enum class Kind { forward, backward, gradient };
constexpr std::pair<Kind, const char*> kinds[] = {
    {Kind::forward, "forward"}, {Kind::backward, "backward"}, {Kind::gradient, "gradient"}};
constexpr std::pair<KernelChoice, const char*> libraries[] = {
    {KernelChoice::onednn, "onednn"}, {KernelChoice::openblas, "openblas"}, {KernelChoice::automatic, "auto"}};

struct LayerShape {
  std::int64_t rows, inputs, units;
};
// The shards and tiles of the workloads' layers, then square matrices.
constexpr LayerShape shapes[] = {{16, 400, 25},   {16, 25, 15},    {32, 30, 64},     {32, 64, 32},      {64, 784, 512},
                                 {64, 512, 256},  {64, 256, 10},   {64, 2048, 2048}, {32, 32, 32},      {64, 64, 64},
                                 {128, 128, 128}, {256, 256, 256}, {512, 512, 512},  {1024, 1024, 1024}};

// Weights and gradients are laid out as in a plan.
MatmulSpec spec_of(Kind kind, const LayerShape& at, KernelChoice library) {
  const std::int64_t x = row_stride(at.inputs), y = row_stride(at.units);
  const MatrixLayout weights = weights_layout(at.inputs, at.units, library);
  const bool panels = weights.layout == Layout::panels;
  MatmulSpec spec;
  switch (kind) {
    case Kind::forward:
      spec = {.m = at.rows, .k = at.inputs, .n = at.units, .a = {Layout::rows, x}, .b = weights};
      spec.c_stride = y;
      spec.bias = true;
      break;
    case Kind::backward:
      spec = {.m = at.rows, .k = at.units, .n = at.inputs, .a = {Layout::rows, y}};
      spec.b = panels ? MatrixLayout{Layout::transposed_panels, 0} : MatrixLayout{Layout::transposed, y};
      spec.c_stride = x;
      break;
    case Kind::gradient:
      spec = {.m = at.inputs, .k = at.rows, .n = at.units, .a = {Layout::transposed, x}, .b = {Layout::rows, y}};
      spec.c_stride = at.units;
      spec.c_in_panels = panels;
      break;
  }
  return spec;
}

Buffer operand(std::int64_t rows, std::int64_t columns, const MatrixLayout& layout, std::uint64_t id) {
  Buffer buffer(element_offset(layout, rows, columns, rows - 1, columns - 1) + panel_columns);
  const std::vector<float> drawn = normal_floats(std::min<std::int64_t>(buffer.size(), 1 << 14), id);
  for (std::int64_t i = 0; i < buffer.size(); ++i) buffer[i] = drawn[(i * 5 % 16381) % drawn.size()];
  return buffer;
}

// Some elements of C, chosen at random.
void verify(const MatmulSpec& spec, const Buffer& a, const Buffer& b, const Buffer& bias, const Buffer& c) {
  const MatrixLayout result =
      spec.c_in_panels ? MatrixLayout{Layout::panels, 0} : MatrixLayout{Layout::rows, spec.c_stride};
  Random random(4, RandomStream::noise);
  for (int element = 0; element < 256; ++element) {
    const auto row = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(spec.m))),
               column = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(spec.n)));
    double expected = spec.bias ? static_cast<double>(bias[column]) : 0;
    for (std::int64_t i = 0; i < spec.k; ++i) {
      expected += static_cast<double>(a[element_offset(spec.a, spec.m, spec.k, row, i)]) *
                  static_cast<double>(b[element_offset(spec.b, spec.k, spec.n, i, column)]);
    }
    const float actual = c[element_offset(result, spec.m, spec.n, row, column)];
    expect(std::abs(static_cast<double>(actual) - expected) < 1e-5 * std::sqrt(static_cast<double>(spec.k)) * 10,
           "element " + std::to_string(row) + ", " + std::to_string(column) + " is " + std::to_string(actual) +
               ", expected " + std::to_string(expected));
  }
}

void product(benchmark::State& state, Kind kind, const LayerShape& shape, KernelChoice library) {
  const MatmulSpec spec = spec_of(kind, shape, library);
  const Matmul matmul(spec, library);
  const Buffer a = operand(spec.m, spec.k, spec.a, 1), b = operand(spec.k, spec.n, spec.b, 2),
               bias = operand(1, spec.n, {Layout::rows, spec.n}, 3);
  Buffer c(spec.m * round_up(spec.c_stride, cache_line_floats)), scratch(matmul.scratch_floats() + 1);
  const Matmul::Call call = matmul.bind(a.data(), b.data(), spec.bias ? bias.data() : nullptr, c.data());
  call(scratch.data());
  if (answer_wanted()) verify(spec, a, b, bias, c);
  measure(state, [&] { call(scratch.data()); });
  report_flops(state, 2.0 * static_cast<double>(spec.m) * static_cast<double>(spec.k) * static_cast<double>(spec.n));
  state.SetLabel(matmul.implementation());
}

const Group products([] {
  for (const auto& [kind, kind_name] : kinds) {
    for (const LayerShape& shape : shapes) {
      for (const auto& [library, library_name] : libraries) {
        add("product/" + std::string(kind_name) + "/" + std::to_string(shape.rows) + "x" +
                std::to_string(shape.inputs) + "x" + std::to_string(shape.units) + "/" + library_name,
            [kind = kind, shape, library = library](benchmark::State& state) { product(state, kind, shape, library); });
      }
    }
  }
});

}  // namespace

}  // namespace millrace::bench
