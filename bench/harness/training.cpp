// SPDX-License-Identifier: Apache-2.0
#include "harness/training.hpp"

#include <algorithm>
#include <cmath>

#include "harness/benchmark.hpp"
#include "support/reference.hpp"

namespace millrace::bench {

namespace {

constexpr double learning_rate = 1e-3, adam_beta_1 = 0.9;
constexpr std::uint64_t seed = 1;

test::TestNetwork network_of(const Workload& workload) {
  return test::chain_of(workload.layers(), {workload.widths.front()}, seed);
}

ParameterStore store_of(const Network& network, const Workload& workload) {
  ParameterStore store(network);
  store.use(workload.kernels, workload.precision);
  return store;
}

// A batch that repeats the first few rows of the workload. The reference in double takes seconds for a whole batch, and
// the loss and gradient of this one are those of the few rows.
constexpr std::int64_t distinct_rows = 4;

std::vector<double> first_rows(const Matrix& matrix) {
  return {matrix.row(0), matrix.row(0) + distinct_rows * matrix.columns()};
}

}  // namespace

Training::Training(const Workload& workload)
    : workload_(workload),
      table_(table_of(workload)),
      data_(table_.dataset()),
      network_(network_of(workload)),
      loss_(make_loss(parse_loss(workload.loss()))),
      optimizer_(make_optimizer(parse_optimizer("adam"))),
      store_(store_of(network_, workload)),
      updater_(network_, store_, *optimizer_, {}),
      plan_(network_, store_, loss_.get(), {.batch = workload.batch, .training = true, .position = &position_}),
      step_(network_, *loss_, updater_, {}),
      batches_(data_, workload.batch, true, seed) {
  step_.cut_for(workload.cut_for);
  batches_.begin_epoch(0);
  restart();
}

void Training::restart() {
  store_.load(ParameterStore::weights, network_.weights);
  for (int slot = 0; slot < std::ssize(optimizer_->slots()); ++slot) {
    const std::span<float> values = store_.buffer(slot).span();
    std::fill(values.begin(), values.end(), optimizer_->initial_slot(slot));
  }
  iteration_ = 0;
  position_.step = 0;
}

BatchSums Training::run(Crew& crew, std::span<const std::int64_t> rows, Profile* profile) {
  updater_.begin_step(++iteration_, learning_rate);
  ++position_.step;
  return step_.run(crew, plan_, scratch_, {data_.features, data_.targets, nullptr, rows}, {}, profile);
}

BatchSums Training::step(Crew& crew, Profile* profile) {
  const std::int64_t full_batches = data_.rows() / workload_.batch;
  return run(crew, batches_.rows_of_batch(iteration_ % full_batches), profile);
}

void Training::verify(int threads) {
  reserve(threads);
  if (instructions::counted() || !verified_.insert(threads).second) return;
  restart();
  std::vector<std::int64_t> rows(workload_.batch);
  for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = static_cast<std::int64_t>(r) % distinct_rows;
  BatchSums sums;
  Crew(threads).run([&](Crew& crew) { sums = run(crew, rows, nullptr); });
  std::vector<float> weights(network_.weights.size()), moment(weights.size());
  store_.save(ParameterStore::weights, weights);
  store_.save(0, moment);
  if (verified_weights_.empty()) {
    compare_with_reference(sums.mean(), moment, weights);
    verified_weights_ = std::move(weights);
  } else {
    expect(weights == verified_weights_, std::to_string(threads) + " threads give other bits");
  }
}

void Training::compare_with_reference(double loss, std::span<const float> moment, std::span<const float> after) const {
  const test::ReferenceBatch batch{distinct_rows, first_rows(table_.x), first_rows(table_.y), {}};
  const std::vector<double> before(network_.weights.begin(), network_.weights.end());
  const auto reference = [&](std::span<const double> weights) {
    return test::reference_loss(network_, *loss_, weights, batch);
  };
  const bool rounded = workload_.precision == ProductPrecision::mixed_bfloat16;
  expect_close("loss", loss, reference(before), rounded ? 1e-2 : 1e-5);

  // After one step the first moment of Adam is (1 - beta_1) times the gradient. The slope of the loss along the
  // gradient is its squared length.
  std::vector<double> gradient(moment.begin(), moment.end());
  double squares = 0;
  for (double& value : gradient) {
    value /= 1 - adam_beta_1;
    squares += value * value;
  }
  const auto moved = [&](double length) {
    std::vector<double> weights = before;
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] += length / std::sqrt(squares) * gradient[i];
    return reference(weights);
  };
  constexpr double length = 1e-4;
  expect_close("slope along the gradient", (moved(length) - moved(-length)) / (2 * length), std::sqrt(squares),
               rounded ? 1e-2 : 1e-4);

  // There are millions of weights, so only some are compared.
  const std::size_t every = 1 + before.size() / 100'000;
  std::vector<float> actual;
  std::vector<double> expected, slots(optimizer_->slots().size());
  for (std::size_t i = 0; i < before.size(); i += every) {
    std::fill(slots.begin(), slots.end(), 0.0);
    actual.push_back(after[i]);
    optimizer_->reference(expected.emplace_back(before[i]), slots, gradient[i], 1, learning_rate);
  }
  expect_close("weights after a step", actual, expected, 1e-5);
}

Training& training_of(const Workload& workload) {
  static std::string name;
  static std::unique_ptr<Training> kept;
  if (kept == nullptr || name != workload.name) {
    kept.reset();  // before the next one takes its memory
    kept = std::make_unique<Training>(workload);
    name = workload.name;
  }
  return *kept;
}

}  // namespace millrace::bench
