// SPDX-License-Identifier: Apache-2.0
//
// Training with products of bfloat16 numbers: near the reference, with the same bits for any number of threads, in
// fp32 where that is promised; and the words for it.
#include "step/precision.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "kernels/pair_product.hpp"
#include "step/step.hpp"
#include "support/expect_error.hpp"
#include "support/reference.hpp"

namespace millrace::test {
namespace {

EngineResult mixed(const TestNetwork& network, const ReferenceBatch& batch, int threads,
                   KernelChoice kernels = KernelChoice::automatic) {
  return engine_gradient(network, *make_loss("mean_squared_error"), batch, threads, kernels,
                         ProductPrecision::mixed_bfloat16);
}

// Our products of bfloat16 numbers, and oneDNN's.
constexpr KernelChoice both_products[] = {KernelChoice::automatic, KernelChoice::onednn};

// An odd number of inputs and units, which leave half of a pair empty, and widths that fill no panel. One shard, several,
// odd batches, and gradients in slices.
TEST(MixedBfloat16, AStepIsNearTheReference) {
  const TestNetwork network =
      chain_of({"dense:301:tanh", "dense:259:relu", "dense:300:sigmoid:use_bias=false", "dense:3"}, 271);
  const auto loss = make_loss("mean_squared_error");
  for (const std::int64_t rows : {1, 3, 50, 259, 3001}) {
    const ReferenceBatch batch = random_batch(network, *loss, rows, 5);
    const EngineResult exact = engine_gradient(network, *loss, batch, 2);
    const std::vector<double> expected(exact.gradient.begin(), exact.gradient.end());
    for (const KernelChoice kernels : both_products) {
      const EngineResult rounded = mixed(network, batch, 2, kernels);
      EXPECT_NEAR(rounded.loss, exact.loss, 1e-2 * exact.loss) << rows << " rows";
      EXPECT_LT(relative_difference(rounded.gradient, expected, 1e-6), 2e-2) << rows << " rows";
      EXPECT_NE(rounded.gradient, exact.gradient) << rows << " rows";
    }
  }
}

// Makes numbers multiples of `step`.
template <class Number>
void coarsen(std::vector<Number>& numbers, Number step) {
  for (Number& number : numbers) number = std::round(number / step) * step;
}

// Both kinds round the same numbers, so they differ in the order of their sums only. The numbers are so coarse that fp32 has
// the sums of the outputs exactly: else their last bits would decide to which number of bfloat16 some of them are rounded.
TEST(MixedBfloat16, OnednnsProductsAreNearOurs) {
  TestNetwork network = chain_of({"dense:301", "dense:3"}, 271);
  coarsen(network.weights, 0x1p-6F);
  for (const std::int64_t rows : {1, 3, 50, 259, 3001}) {
    ReferenceBatch batch = random_batch(network, *make_loss("mean_squared_error"), rows, 5);
    coarsen(batch.x, 0x1p-3);
    coarsen(batch.y, 0x1p-3);
    const EngineResult own = mixed(network, batch, 2), onednn = mixed(network, batch, 2, KernelChoice::onednn);
    EXPECT_NEAR(onednn.loss, own.loss, 1e-6 * own.loss) << rows << " rows";
    const std::vector<double> expected(own.gradient.begin(), own.gradient.end());
    EXPECT_LT(relative_difference(onednn.gradient, expected, 1e-6), 1e-5) << rows << " rows";
  }
}

TEST(MixedBfloat16, AStepHasTheSameBitsForAnyNumberOfThreads) {
  const TestNetwork network = chain_of({"dense:301:tanh", "dense:259:gelu", "dense:3"}, 271);
  for (const std::int64_t rows : {50, 259, 3001}) {
    const ReferenceBatch batch = random_batch(network, *make_loss("mean_squared_error"), rows, 5);
    for (const KernelChoice kernels : {KernelChoice::automatic, KernelChoice::onednn, KernelChoice::portable}) {
      if (kernels == KernelChoice::portable && kernel_vectors() == Vectors::other) continue;
      const EngineResult one = mixed(network, batch, 1, kernels);
      for (const int threads : {2, 3, 8}) {
        const EngineResult several = mixed(network, batch, threads, kernels);
        EXPECT_EQ(several.loss, one.loss) << rows << " rows, " << threads << " threads";
        EXPECT_EQ(several.gradient, one.gradient) << rows << " rows, " << threads << " threads";
      }
    }
  }
}

// The layer that reads a value twice, and layers that share one, add to its delta.
TEST(MixedBfloat16, DeltasOfAValueThatSeveralLayersReadAreAddedUp) {
  NetworkDescription description;
  description.inputs = {{"features", {200}}};
  description.layers = {{"first", parse_layer("dense:200:tanh"), {"features"}},
                        {"left", parse_layer("dense:180"), {"first"}},
                        {"right", parse_layer("dense:180:tanh"), {"first"}},
                        {"sum", parse_layer("add"), {"left", "right"}},
                        {"last", parse_layer("dense:2"), {"sum"}}};
  const TestNetwork network(description, 3);
  const auto loss = make_loss("mean_squared_error");
  const ReferenceBatch batch = random_batch(network, *loss, 40, 5);
  const EngineResult exact = engine_gradient(network, *loss, batch, 1);
  const std::vector<double> expected(exact.gradient.begin(), exact.gradient.end());
  for (const KernelChoice kernels : both_products)
    EXPECT_LT(relative_difference(mixed(network, batch, 2, kernels).gradient, expected, 1e-6), 2e-2);
}

TEST(MixedBfloat16, SmallLayersStayInFp32) {
  const TestNetwork network = chain_of({"dense:150:tanh", "dense:30:tanh", "dense:3"}, 120);
  const ReferenceBatch batch = random_batch(network, *make_loss("mean_squared_error"), 40, 5);
  EXPECT_EQ(mixed(network, batch, 2).gradient,
            engine_gradient(network, *make_loss("mean_squared_error"), batch, 2).gradient);
}

TEST(MixedBfloat16, AStoreGoesBackToFp32) {
  const TestNetwork network = chain_of({"dense:300:tanh", "dense:3"}, 270);
  ParameterStore store(network);
  const std::int64_t before = store.bytes();
  EXPECT_EQ(store.precision(), ProductPrecision::fp32);
  store.use(KernelChoice::automatic, ProductPrecision::mixed_bfloat16);
  EXPECT_NE(store.storage(0).rounded.forward, nullptr);
  EXPECT_EQ(store.storage(2).rounded.forward, nullptr) << "the last layer is small";
  EXPECT_EQ(store.bytes() - before, 4 * (144 * 320 + 160 * 320)) << "two copies of 2 bytes for each weight, in panels";
  store.use(KernelChoice::automatic);
  EXPECT_EQ(store.storage(0).rounded.forward, nullptr);
  EXPECT_EQ(store.bytes(), before);
}

// Training in mixed precision that looks at the rounded copies between steps.
class MixedTraining {
 public:
  explicit MixedTraining(const UpdateOptions& options, const std::string& layer = "dense:300:tanh",
                         const std::string& optimizer = "adam", std::int64_t rows = 40,
                         KernelChoice kernels = KernelChoice::automatic)
      : network_(chain_of({layer, "dense:3"}, 271)),
        batch_(random_batch(network_, *loss_, rows, 5)),
        optimizer_(make_optimizer(parse_optimizer(optimizer))),
        store_(network_) {
    store_.use(kernels, ProductPrecision::mixed_bfloat16);
    store_.load(ParameterStore::weights, network_.weights);
    updater_.emplace(network_, store_, *optimizer_, options);
    plan_.emplace(network_, store_, loss_.get(), PlanOptions{.batch = rows, .training = true, .position = &position_});
  }

  void step() {
    const std::vector<float> x(batch_.x.begin(), batch_.x.end()), y(batch_.y.begin(), batch_.y.end());
    std::vector<std::int64_t> rows(static_cast<std::size_t>(batch_.rows));
    for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = static_cast<std::int64_t>(r);
    Scratch scratch;
    scratch.reserve(2, plan_->worker_scratch());
    Crew(2).run([&](Crew& crew) {
      updater_->begin_step(++iteration_, 0.01);
      Step(network_, *loss_, *updater_, {})
          .run(crew, *plan_, scratch, {{x.data(), batch_.rows, 271, 271}, {y.data(), batch_.rows, 3, 3}, nullptr, rows},
               {}, nullptr);
    });
  }
  // Whether a step uses the copies as they are. Asking ends it.
  bool takes_copies() { return store_.begin_writing(); }
  [[nodiscard]] bool copies_are_those_of_the_weights() const {
    const ParameterStorage& at = store_.storage(0);
    Buffer forward(pair_panel_floats(at.rows, at.columns)), backward(pair_panel_floats(at.columns, at.rows));
    const BfloatWeights fresh{reinterpret_cast<BfloatPair*>(forward.data()),
                              reinterpret_cast<BfloatPair*>(backward.data())};
    round_weights(at.data, at.layout, at.rows, at.columns, {0, at.rows}, {0, at.columns}, fresh, pair_kernel());
    return std::equal(fresh.forward, fresh.forward + forward.size(), at.rounded.forward) &&
           std::equal(fresh.backward, fresh.backward + backward.size(), at.rounded.backward);
  }
  ParameterStore& store() { return store_; }

 private:
  TestNetwork network_;
  std::shared_ptr<const Loss> loss_ = make_loss("mean_squared_error");
  ReferenceBatch batch_;
  std::shared_ptr<const Optimizer> optimizer_;
  ParameterStore store_;
  StepPosition position_;
  std::optional<Updater> updater_;
  std::optional<Plan> plan_;
  std::int64_t iteration_ = 0;
};

// One gradient for each tile, and sums of slices. With oneDNN's products, weights lie in rows.
TEST(RoundedCopies, TheUpdateOfATileWritesThem) {
  for (const KernelChoice kernels : both_products) {
    for (const std::int64_t rows : {40, 3001}) {
      for (const UpdateOptions& options :
           {UpdateOptions{}, UpdateOptions{.clipvalue = 0.01}, UpdateOptions{.weight_decay = 0.1},
            UpdateOptions{.use_ema = true, .ema_overwrite_frequency = 2}}) {
        MixedTraining training(options, "dense:300:tanh", "adam", rows, kernels);
        EXPECT_FALSE(training.takes_copies()) << "nothing has made them";
        for (int step = 0; step < 3; ++step) training.step();
        EXPECT_TRUE(training.copies_are_those_of_the_weights()) << rows << " rows";
        EXPECT_TRUE(training.takes_copies());
        EXPECT_FALSE(training.takes_copies()) << "a step that began and did not end leaves old copies";
      }
    }
  }
}

TEST(RoundedCopies, TheNextStepMakesThemAfterUpdatesThatDoNot) {
  const auto takes_copies = [](const UpdateOptions& options, const std::string& layer, const std::string& optimizer) {
    MixedTraining training(options, layer, optimizer);
    for (int step = 0; step < 3; ++step) training.step();
    return training.takes_copies();
  };
  EXPECT_TRUE(takes_copies({}, "dense:300:tanh", "sgd"));
  EXPECT_FALSE(takes_copies({}, "dense:300:tanh", "lamb"));
  EXPECT_FALSE(takes_copies({}, "dense:300:tanh:kernel_max_norm=0.5", "sgd"));
  EXPECT_FALSE(takes_copies({.clipnorm = 1}, "dense:300:tanh", "sgd"));
  EXPECT_FALSE(takes_copies({.gradient_accumulation_steps = 2}, "dense:300:tanh", "sgd"));
}

TEST(RoundedCopies, AreNoLongerCurrentWhenSomebodyMayHaveWrittenWeights) {
  MixedTraining training({});
  ParameterStore& store = training.store();
  const std::vector<float> values = store.values(0), flat = store.flat_values(ParameterStore::weights);
  for (const std::function<void()>& write : std::vector<std::function<void()>>{
           [&] { store.set_values(0, values); }, [&] { store.load(ParameterStore::weights, flat); },
           [&] { store.initialize(7); }, [&] { (void)store.buffer(ParameterStore::weights); },
           [&] {
             store.use(KernelChoice::automatic);
             store.use(KernelChoice::automatic, ProductPrecision::mixed_bfloat16);
           }}) {
    store.set_rounded();
    EXPECT_TRUE(training.takes_copies());
    store.set_rounded();
    write();
    EXPECT_FALSE(training.takes_copies());
  }
}

TEST(PrecisionChoice, TakesTheWordOfTheUser) {
  const TestNetwork large = chain_of({"dense:300:relu", "dense:3"}, 270), small = chain_of({"dense:30", "dense:3"}, 4);
  EXPECT_EQ(choose_precision("fp32", large, 64, false).precision, ProductPrecision::fp32);
  EXPECT_EQ(choose_precision("fp32", large, 64, true).note, "");
  EXPECT_EQ(choose_precision("mixed_bfloat16", large, 1, false).precision, ProductPrecision::mixed_bfloat16);
  EXPECT_NE(choose_precision("mixed_bfloat16", small, 64, false).note.find("no dense layer is large enough"),
            std::string::npos);
  expect_error(ErrorKind::usage, {"'bfloat16'", "mixed_bfloat16"},
               [&] { return choose_precision("bfloat16", large, 64, false); });
  expect_error(ErrorKind::usage, {"mixed_bfloat16"}, [&] { return choose_precision("", large, 64, false); });
  expect_error(ErrorKind::usage, {"lbfgs", "expected fp32"},
               [&] { return choose_precision("mixed_bfloat16", large, 64, true); });
  expect_error(ErrorKind::usage, {"'auto'"}, [&] { return precision_of("auto"); });
}

TEST(PrecisionChoice, OfAutoFollowsFromNetworkBatchAndInstructions) {
  const TestNetwork large = chain_of({"dense:300:relu", "dense:3"}, 270),
                    small = chain_of({"dense:100:relu", "dense:200:relu", "dense:3"}, 100);
  const auto choice = [](const TestNetwork& network, std::int64_t batch, bool line_search) {
    const PrecisionChoice chosen = choose_precision("auto", network, batch, line_search);
    EXPECT_EQ(chosen.note.rfind(std::string("precision auto: ") + name_of(chosen.precision) + ", because", 0), 0U);
    return chosen.precision;
  };
  EXPECT_EQ(choice(large, 64, false),
            pair_kernel() == PairKernel::bf16 ? ProductPrecision::mixed_bfloat16 : ProductPrecision::fp32);
  EXPECT_EQ(choice(large, 8, false), ProductPrecision::fp32);
  EXPECT_EQ(choice(large, 64, true), ProductPrecision::fp32);
  EXPECT_EQ(choice(small, 64, false), ProductPrecision::fp32);
}

}  // namespace
}  // namespace millrace::test
