// SPDX-License-Identifier: Apache-2.0
//
// The value and gradient over the rows of a batch, for every loss of the table with the options of its examples.
#include <algorithm>

#include "harness/benchmark.hpp"
#include "kernels/random.hpp"
#include "ops/losses/loss.hpp"

namespace millrace::bench {

namespace {

struct Operands {
  Operands(const LossRow& row, const std::string& text, std::int64_t batch, std::int64_t units)
      : loss(make_loss(parse_loss(text))), rows(batch), outputs(units), target_width(loss->target_width(units)) {
    const bool logits = text.find("from_logits=true") != std::string::npos;
    fused = !loss->fused_activation().empty() && !logits;
    activation = make_activation(std::string(fused    ? loss->fused_activation()
                                             : logits ? "linear"
                                                      : row.output_activation));
    output = normal_floats(rows * outputs, 1);
    if (!fused) activation->forward({output.data(), outputs}, {output.data(), outputs}, rows, outputs);
    target.resize(rows * target_width);
    Random random(2, RandomStream::noise);
    for (float& value : target) {
      value = random.uniform();
      if (!loss->target_problem(value, outputs).empty())
        value = static_cast<float>(random.below(static_cast<std::uint64_t>(std::max<std::int64_t>(2, outputs))));
      while (!loss->target_problem(value, outputs).empty()) value -= 1;
    }
    delta.resize(output.size());
    prediction.resize(output.size());
    view.rows = rows;
    view.outputs = outputs;
    view.output = {output.data(), outputs};
    view.target = {target.data(), target_width};
    if (fused) view.prediction = {prediction.data(), outputs};
    view.delta = {delta.data(), outputs};
    view.scale = 1.0F / static_cast<float>(rows);
    view.row_losses_sum = &sum;
  }
  void run() { loss->rows(view, fused); }

  // The loss of row r in double, as a function of the outputs.
  [[nodiscard]] double reference(std::size_t r, std::span<const double> of_output) const {
    const auto width = static_cast<std::size_t>(target_width);
    std::vector<double> y(of_output.begin(), of_output.end());
    if (fused) activation->reference(of_output, y);
    return loss->reference(y, in_double(std::span(target).subspan(r * width, width)));
  }
  void verify(const std::string& text) {
    run();
    const auto units = static_cast<std::size_t>(outputs);
    const std::vector<double> at = in_double(output);
    const std::vector<float> direction = normal_floats(rows * outputs, 3);
    double expected = 0;
    for (std::int64_t r = 0; r < rows; ++r) {
      const auto row = std::span(at).subspan(r * units, units);
      const auto along = std::span(direction).subspan(r * units, units);
      expected += reference(r, row);
      const double rise = slope([&](std::span<const double> x) { return reference(r, x); }, row, along);
      expect_close(
          text + ", slope of row " + std::to_string(r),
          inner_product(in_double(std::span(delta).subspan(r * units, units)), along) * static_cast<double>(rows), rise,
          2e-4);
    }
    expect_close(text, sum, expected, 1e-5);
  }

  std::shared_ptr<const Loss> loss;
  std::int64_t rows, outputs, target_width;
  bool fused = false;
  std::shared_ptr<const Activation> activation;
  std::vector<float> output, target, delta, prediction;
  double sum = 0;
  LossBatch view;
};

void loss_and_gradient(benchmark::State& state, const LossRow& row, const std::string& text, std::int64_t batch,
                       std::int64_t units) {
  Operands at(row, text, batch, units);
  if (answer_wanted()) at.verify(text);
  measure(state, [&] { at.run(); });
  report_rows(state, batch);
}

// A softmax of one unit is constant; most losses of softmax refuse it.
bool takes(const LossRow& row, std::int64_t units) {
  if (units == 1 && row.output_activation == "softmax") return false;
  try {
    make_loss(parse_loss(std::string(row.name)))->check_outputs(units);
    return true;
  } catch (const Error&) {
    return false;
  }
}

const Group losses([] {
  for (const LossRow& row : loss_table()) {
    std::vector<std::string> texts{std::string(row.name)};
    texts.insert(texts.end(), row.examples.begin(), row.examples.end());
    for (const std::string& text : texts) {
      for (const auto& [batch, units] : {std::pair<std::int64_t, std::int64_t>{256, 1}, {128, 10}, {16, 1000}}) {
        if (!takes(row, units)) continue;
        add("loss/" + text + "/" + std::to_string(batch) + "x" + std::to_string(units),
            [&row, text, batch = batch, units = units](benchmark::State& state) {
              loss_and_gradient(state, row, text, batch, units);
            });
      }
    }
  }
});

}  // namespace

}  // namespace millrace::bench
