// SPDX-License-Identifier: Apache-2.0
#include "step/phase_check.hpp"

#include <cmath>
#include <string>

#include "base/fail.hpp"
#include "base/finite.hpp"
#include "base/text.hpp"
#include "step/batch.hpp"
#include "step/non_finite.hpp"
#include "step/plan.hpp"

namespace millrace {

namespace {

// values: [rows x columns], the rows `stride` apart.
void expect_finite(Phase phase, const std::string& tensor, const float* values, std::int64_t rows, std::int64_t columns,
                   std::int64_t stride) {
  const std::optional<MatrixPlace> found = find_non_finite(values, rows, columns, stride);
  if (!found) return;
  throw NonFiniteError("step",
                       "after the phase '" + std::string(name_of(phase)) + "' " + tensor + " is " +
                           number_text(values[found->row * stride + found->column]) + " in row " +
                           std::to_string(found->row + 1) + ", column " + std::to_string(found->column + 1),
                       "lower the learning rate, or scale the features");
}

void expect_equal(const std::string& what, std::int64_t have, std::int64_t expected) {
  if (have == expected) return;
  fail(ErrorKind::internal, "step",
       what + " is " + std::to_string(have) + ", expected " + std::to_string(expected) + ", as in the plan");
}

}  // namespace

PhaseCheck::PhaseCheck(const Network& network, Plan& plan, const ParameterStore& store, int gradient_buffer)
    : network_(&network), plan_(&plan), store_(&store), gradient_buffer_(gradient_buffer) {}

void PhaseCheck::shapes(const BatchSource& source) const {
  expect_equal("the number of rows of the batch", std::ssize(source.rows), plan_->batch());
  expect_equal("the width of the features", source.features.columns, network_->input_width());
  expect_equal("the width of the targets", source.targets.columns, plan_->memory().target_width());
  for (const std::int64_t row : source.rows) {
    if (row >= 0 && row < source.features.rows && row < source.targets.rows) continue;
    fail(ErrorKind::internal, "step",
         "the batch has row " + std::to_string(row) + " of the table, expected one of its " +
             std::to_string(source.features.rows) + " rows");
  }
}

void PhaseCheck::after(Phase phase, const RowPass* pass) const {
  if (pass != nullptr) {
    outputs(phase, *pass);
    deltas(phase, *pass);
    return;
  }
  stored(phase, ParameterStore::weights, "the weights ");
  if (gradient_buffer_ >= 0) stored(phase, gradient_buffer_, "the stored gradient of ");
}

void PhaseCheck::outputs(Phase phase, const RowPass& pass) const {
  for (int node = pass.forward_begin; node < pass.forward_end; ++node) {
    const ValueBuffers& output = plan_->memory().values()[network_->input_count() + node];
    expect_finite(phase, "the output of " + network_->nodes()[node].name, output.data, plan_->batch(), output.width,
                  output.stride);
  }
  if (!pass.loss) return;
  const NetworkOutput& last = network_->trained_outputs().back();  // they lie side by side
  expect_finite(phase, "the prediction", plan_->memory().prediction().row(0), plan_->batch(), last.first + last.width,
                plan_->memory().prediction().stride);
}

void PhaseCheck::deltas(Phase phase, const RowPass& pass) const {
  for (int node = pass.backward_begin; node < pass.backward_end; ++node) {
    if (!plan_->trains(node)) continue;
    for (const int input : network_->nodes()[node].inputs) {
      const ValueBuffers& value = plan_->memory().values()[input];
      if (value.delta == nullptr) continue;
      expect_finite(phase, "the delta that " + network_->nodes()[node].name + " passes back", value.delta,
                    plan_->batch(), value.width, value.stride);
    }
  }
}

void PhaseCheck::stored(Phase phase, int buffer, const char* what) const {
  for (int p = 0; p < static_cast<int>(network_->parameters().size()); ++p) {
    const NetworkParameter& parameter = network_->parameters()[p];
    if (buffer != ParameterStore::weights && !parameter.spec.trainable) continue;
    const IndexRange extent = store_->extent(p);
    expect_finite(phase, what + parameter.name, store_->buffer(buffer).data() + extent.begin, 1, extent.size(),
                  extent.size());
  }
}

void PhaseCheck::gradient(const GradientJob& job, const float* gradient) const {
  for (const GradientBlock& part : plan_->kernel(job.node).blocks(job.tile)) block(job, part, gradient);
}

void PhaseCheck::block(const GradientJob& job, const GradientBlock& block, const float* gradient) const {
  const int parameter = network_->nodes()[job.node].parameters[block.parameter];
  const std::string& name = network_->parameters()[parameter].name;
  const ParameterStorage& storage = store_->storage(parameter);
  const auto within = [](IndexRange part, std::int64_t size) {
    return part.begin >= 0 && part.begin <= part.end && part.end <= size;
  };
  if (!within(block.rows, storage.rows) || !within(block.columns, storage.columns)) {
    fail(ErrorKind::internal, "step",
         "a gradient of " + name + " has rows to " + std::to_string(block.rows.end) + " and columns to " +
             std::to_string(block.columns.end) + ", expected at most " + std::to_string(storage.rows) + " and " +
             std::to_string(storage.columns));
  }
  for (std::int64_t row = block.rows.begin; row < block.rows.end; ++row) {
    for (std::int64_t column = block.columns.begin; column < block.columns.end; ++column) {
      const float value = gradient[block.place(row, column)];
      if (std::isfinite(value)) continue;
      throw NonFiniteError("step",
                           "the gradient of " + name + " is " + number_text(value) + " in row " +
                               std::to_string(row + 1) + ", column " + std::to_string(column + 1),
                           "lower the learning rate, or scale the features");
    }
  }
}

}  // namespace millrace
