// SPDX-License-Identifier: Apache-2.0
//
// The row phase cut for more workers than there are shards: it has the same bits, and many workers wait less.
#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/processor.hpp"
#include "step/step.hpp"
#include "support/reference.hpp"

namespace millrace::test {
namespace {

// Some steps of Adam on one batch.
class Steps {
 public:
  Steps(const TestNetwork& network, std::int64_t rows, ProductPrecision precision = ProductPrecision::fp32,
        KernelChoice kernels = KernelChoice::automatic)
      : network_(network), batch_(random_batch(network, *loss_, rows, 5)), store_(network) {
    store_.use(kernels, precision);
    store_.load(ParameterStore::weights, network.weights);
    updater_.emplace(network_, store_, *optimizer_, UpdateOptions{});
    plan_.emplace(network_, store_, loss_.get(), PlanOptions{.batch = rows, .training = true, .position = &position_});
  }

  // The weights after three steps.
  std::vector<float> run(int workers, int cut_for) {
    const std::vector<float> x(batch_.x.begin(), batch_.x.end()), y(batch_.y.begin(), batch_.y.end());
    std::vector<std::int64_t> rows(static_cast<std::size_t>(batch_.rows));
    for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = static_cast<std::int64_t>(r);
    const auto width = static_cast<std::int64_t>(y.size()) / batch_.rows;
    Step step(network_, *loss_, *updater_, {});
    step.cut_for(cut_for);
    Scratch scratch;
    scratch.reserve(workers, plan_->worker_scratch());
    Crew(workers).run([&](Crew& crew) {
      for (int iteration = 1; iteration <= 3; ++iteration) {
        updater_->begin_step(iteration, 0.01);
        step.run(crew, *plan_, scratch,
                 {{x.data(), batch_.rows, network_.input_width(), network_.input_width()},
                  {y.data(), batch_.rows, width, width},
                  nullptr,
                  rows},
                 {}, nullptr);
      }
    });
    return store_.flat_values(ParameterStore::weights);
  }
  Plan& plan() { return *plan_; }

 private:
  const TestNetwork& network_;
  std::shared_ptr<const Loss> loss_ = make_loss("mean_squared_error");
  std::shared_ptr<const Optimizer> optimizer_ = make_optimizer(parse_optimizer("adam"));
  ReferenceBatch batch_;
  ParameterStore store_;
  StepPosition position_;
  std::optional<Updater> updater_;
  std::optional<Plan> plan_;
};

std::int64_t parts_of(const Plan& plan) {
  std::int64_t most = 1;
  for (const RowPass& pass : plan.passes()) most = std::max(most, pass.parts);
  return most;
}

// Activations inside the product and after it, layers in rows and in panels, widths that fill no panel, a layer between
// that is not cut, shards of several sizes, and gradients by shard.
TEST(RowPhase, HasTheSameBitsHoweverItIsCut) {
  const std::vector<std::vector<std::string>> networks{
      {"dense:301:tanh", "dense:259:gelu", "dropout:0.2", "dense:300:sigmoid:use_bias=false", "dense:3"},
      {"dense:300:relu", "batch_normalization", "dense:310:relu", "dense:3"},
      {"dense:100:relu", "dense:200:relu", "dense:1"},
      {"dense:113:relu", "dense:209:relu", "dense:113:tanh", "dense:2"}};
  for (const std::vector<std::string>& layers : networks) {
    const TestNetwork network = chain_of(layers, 271);
    for (const std::int64_t rows : {20, 100, 259}) {
      for (const ProductPrecision precision : {ProductPrecision::fp32, ProductPrecision::mixed_bfloat16}) {
        const std::vector<float> uncut = Steps(network, rows, precision).run(2, 1);
        for (const int workers : {4, 24, 128}) {
          Steps steps(network, rows, precision);
          EXPECT_EQ(steps.run(2, workers), uncut) << layers[0] << ", " << rows << " rows, cut for " << workers;
          const bool cuts = workers == 128 && kernel_vectors() == Vectors::avx512;
          EXPECT_TRUE(!cuts || parts_of(steps.plan()) > 1) << layers[0] << ", " << rows << " rows";
        }
      }
    }
  }
}

// oneDNN's products of bfloat16 numbers are cut between chunks.
TEST(RowPhase, HasTheSameBitsHoweverOnednnsProductsAreCut) {
  const TestNetwork network = chain_of({"dense:601:tanh", "dense:770:gelu", "dense:3"}, 271);
  const auto steps = [&](std::int64_t rows) {
    return Steps(network, rows, ProductPrecision::mixed_bfloat16, KernelChoice::onednn);
  };
  for (const std::int64_t rows : {20, 259}) {
    const std::vector<float> uncut = steps(rows).run(2, 1);
    for (const int workers : {4, 128}) {
      Steps cut = steps(rows);
      EXPECT_EQ(cut.run(2, workers), uncut) << rows << " rows, cut for " << workers;
      EXPECT_TRUE(workers == 4 || parts_of(cut.plan()) > 1) << rows << " rows";
    }
  }
}

TEST(RowPhase, IsCutForTheWorkersOfTheCrew) {
  if (kernel_vectors() != Vectors::avx512) return;  // oneDNN's products of large layers are not cut
  const TestNetwork network = chain_of({"dense:512:relu", "dense:10"}, 784);
  Steps steps(network, 64);
  steps.run(1, 0);
  EXPECT_EQ(parts_of(steps.plan()), 1);
  steps.run(9, 0);
  EXPECT_GT(parts_of(steps.plan()), 1);
  steps.run(2, 0);
  EXPECT_EQ(parts_of(steps.plan()), 1);
}

struct Workload {
  std::string name;
  std::vector<std::string> layers;
  std::int64_t inputs, rows;
  double least;  // times as fast as one worker
};

TEST(RowPhase, HasWorkForManyWorkersIfItIsCut) {
  if (kernel_vectors() != Vectors::avx512) return;  // see above
  for (const Workload& workload :
       {Workload{"tabular", {"64:relu", "32:relu", "1:sigmoid"}, 30, 256, 3.5},
        Workload{"mnist", {"512:relu", "256:relu", "10:softmax"}, 784, 128, 24},
        Workload{"wide", {"2048:relu", "2048:relu", "1024:relu", "10:softmax"}, 1024, 512, 100}}) {
    const TestNetwork network = chain_of(workload.layers, workload.inputs);
    for (const ProductPrecision precision : {ProductPrecision::fp32, ProductPrecision::mixed_bfloat16}) {
      Steps steps(network, workload.rows, precision);
      const Plan& plan = steps.plan();
      const auto shards = std::ssize(plan.shards());
      EXPECT_DOUBLE_EQ(plan.most_speed(1).most, 1) << workload.name;
      EXPECT_GT(plan.most_speed(2).most, 1.9) << workload.name;
      EXPECT_LE(plan.most_speed(static_cast<int>(shards)).most, static_cast<double>(shards)) << workload.name;
      EXPECT_GE(plan.most_speed(1024).most, workload.least) << workload.name;
    }
  }
}

}  // namespace
}  // namespace millrace::test
