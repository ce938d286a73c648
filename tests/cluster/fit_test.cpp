// SPDX-License-Identifier: Apache-2.0
//
// Model::fit in a cluster whose ranks are threads: any number of ranks and threads gives the bits of one process with as
// many slices, and what cannot be done together is refused.
#include <gtest/gtest.h>

#include "cluster/ranks_of_threads.hpp"
#include "millrace/millrace.hpp"
#include "model/models.hpp"
#include "ops/layers/layer.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

constexpr std::int64_t slices = 6;

struct Case {
  std::string name;
  std::vector<LayerConfig> layers;
  CompileOptions compiled;
  FitOptions fit{};
  friend std::ostream& operator<<(std::ostream& out, const Case& each) { return out << each.name; }
};

CompileOptions classes(OptimizerConfig optimizer = Adam{}, UpdateOptions update = {}) {
  return {.optimizer = std::move(optimizer),
          .loss = SparseCategoricalCrossentropy{},
          .update = std::move(update),
          .metrics = {"accuracy"}};
}

std::vector<LayerConfig> network(const std::string& between = "") {
  std::vector<LayerConfig> layers{Dense{.units = 40, .activation = "relu"}};
  if (!between.empty()) layers.push_back(parse_layer(between));
  layers.push_back(Dense{.units = 10, .activation = "softmax"});
  return layers;
}

std::vector<Case> cases() {
  std::vector<Case> all{
      {"dense", network(), classes()},
      {"dropout", network("dropout:0.3"), classes()},
      {"batch_normalization", network("batch_normalization"), classes()},
      {"layer_normalization", network("layer_normalization"), classes()},
      {"penalties",
       {parse_layer("dense:40:relu:kernel_l2=0.01:kernel_max_norm=0.9"), parse_layer("dense:10:softmax")},
       classes()},
      {"clipping", network(), classes(Sgd{.learning_rate = 0.1}, {.clipnorm = 0.1})},
      {"global_clipping", network(), classes(Adam{}, {.global_clipnorm = 0.1})},
      {"accumulation", network(), classes(Adam{}, {.gradient_accumulation_steps = 3})},
      {"averages", network(), classes(Adam{}, {.use_ema = true})},
      {"lamb", network(), classes(Lamb{})},
      {"lbfgs", network(), classes(Lbfgs{})},
      {"large_layer",
       {Dense{.units = 700, .activation = "relu"}, Dense{.units = 10, .activation = "softmax"}},
       classes()},
      {"images",
       {parse_layer("reshape:8x8x1"), parse_layer("conv2d:4:3:relu"), parse_layer("batch_normalization"),
        parse_layer("flatten"), parse_layer("dense:10:softmax")},
       classes()},
      {"frozen", network(), classes()},
      {"mixed_bfloat16",
       {Dense{.units = 512, .activation = "relu"}, Dense{.units = 512, .activation = "relu"},
        Dense{.units = 10, .activation = "softmax"}},
       classes()},
      // Large enough for several buckets, which travel while others are computed.
      {"buckets",
       {Dense{.units = 800, .activation = "relu"}, Dense{.units = 1100, .activation = "relu"},
        Dense{.units = 10, .activation = "softmax"}},
       classes()},
      {"bfloat16_wire",
       {Dense{.units = 800, .activation = "relu"}, Dense{.units = 1100, .activation = "relu"},
        Dense{.units = 10, .activation = "softmax"}},
       classes()},
      // Digits have 17 levels, so that most rows of the first table, and few of the second, occur in a batch.
      {"sparse",
       {parse_layer("embedding:17:5:sparse=true"), parse_layer("flatten"), parse_layer("dense:10:softmax")},
       classes()},
      {"sparse_alone",
       {parse_layer("embedding:5000:2:sparse=true"), parse_layer("flatten"), parse_layer("dense:10:softmax")},
       classes(Adam{}, {.clipvalue = 0.01})},
      // A metric that needs the rows of a whole epoch.
      {"kept_rows",
       {Dense{.units = 40, .activation = "relu"}, Dense{.units = 1}},
       {.optimizer = Adam{}, .loss = MeanSquaredError{}, .metrics = {"r2"}}},
  };
  for (Case& each : all) {
    each.fit.epochs = each.name == "large_layer" || each.name == "buckets" || each.name == "bfloat16_wire" ? 1 : 2;
    each.fit.batch_size = each.name == "lbfgs" ? 400 : 66;  // the last batch of an epoch has fewer rows than slices
    each.fit.seed = 7;
    each.fit.validation_split = 0.1;
    each.fit.evaluate_training = true;
    if (each.name == "mixed_bfloat16") each.fit.precision = each.name;
    if (each.name == "bfloat16_wire") each.fit.wire = "bfloat16";
  }
  all[1].fit.callbacks = {EarlyStopping{.patience = 1}, ReduceOnPlateau{.patience = 1, .min_delta = 10}};
  all[2].fit.class_weight = std::vector<double>(10, 1.5);
  all[2].compiled.metrics = {"accuracy", "top_k_categorical_accuracy"};
  return all;
}

const Dataset& digits() {
  static const Dataset all = [] {
    Dataset data = read_csv(std::string(MILLRACE_DATA_DIR) + "/digits.csv", {.target = {"digit"}});
    std::vector<std::int64_t> rows(445);
    for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = static_cast<std::int64_t>(r);
    return select_rows(data, rows);
  }();
  return all;
}

struct Result {
  std::vector<float> weights;
  std::vector<double> losses;
  friend bool operator==(const Result&, const Result&) = default;
};

Model model_of(const Case& each) {
  Model model(each.layers);
  model.compile(each.compiled);
  if (!each.name.starts_with("sparse")) model.standardize(digits());
  model.build(digits(), 5);
  if (each.name == "frozen") model.freeze({"dense_1"});
  if (each.name == "sparse_alone") model.freeze({"dense_1"});
  return model;
}

Result train(Model& model, const FitOptions& options) {
  const History history = model.fit(digits(), options);
  Result result{weights_of(model), {}};
  for (const Epoch& epoch : history.epochs) {
    result.losses.push_back(epoch.loss);
    result.losses.push_back(epoch.validation.loss);
    result.losses.push_back(epoch.training.loss);
    for (const NamedValue& metric : epoch.training.metrics) result.losses.push_back(metric.value);
    for (const NamedValue& metric : epoch.metrics) result.losses.push_back(metric.value);
  }
  return result;
}

class ClusterFit : public testing::TestWithParam<Case> {};

TEST_P(ClusterFit, HasTheBitsOfOneProcess) {
  const Case& each = GetParam();
  FitOptions options = each.fit;
  options.slices = slices;
  options.threads = 1;
  Model alone = model_of(each);
  const Result expected = train(alone, options);
  options.threads = 3;
  Model with_threads = model_of(each);
  EXPECT_EQ(train(with_threads, options), expected) << "3 threads";
  for (const int ranks : {1, 2, 3, 4, 6}) {
    std::vector<Result> results(static_cast<std::size_t>(ranks));
    const std::vector<std::string> errors = for_ranks(ranks, [&](Cluster& cluster) {
      FitOptions own = options;
      own.cluster = &cluster;
      own.threads = 1 + cluster.rank() % 3;
      Model model = model_of(each);
      results[cluster.rank()] = train(model, own);
    });
    for (int rank = 0; rank < ranks; ++rank) {
      EXPECT_EQ(errors[rank], "");
      EXPECT_EQ(results[rank], expected) << "rank " << rank << " of " << ranks;
    }
  }
}

// The slices change rounding errors only.
TEST_P(ClusterFit, IsNearAFitOfWholeBatches) {
  const Case& each = GetParam();
  // A line search amplifies rounding errors; bfloat16 and mean squares of targets up to 9 have larger ones.
  const double allowed = each.name == "lbfgs"                                                          ? 0.1
                         : each.name == "kept_rows" || each.name.find("bfloat16") != std::string::npos ? 2e-2
                                                                                                       : 2e-3;
  FitOptions options = each.fit;
  options.threads = 1;
  Model whole = model_of(each), sliced = model_of(each);
  options.wire = "fp32";
  const Result expected = train(whole, options);
  options.slices = slices;
  options.wire = each.fit.wire;
  const Result found = train(sliced, options);
  ASSERT_EQ(found.losses.size(), expected.losses.size());
  for (std::size_t i = 0; i < expected.losses.size(); ++i) EXPECT_NEAR(found.losses[i], expected.losses[i], allowed);
}

INSTANTIATE_TEST_SUITE_P(Cases, ClusterFit, testing::ValuesIn(cases()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace millrace::test
