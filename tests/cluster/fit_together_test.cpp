// SPDX-License-Identifier: Apache-2.0
//
// Model::fit in a cluster: what is refused, how errors of one rank end all, and who decides that a run ends.
#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <optional>
#include <stdexcept>

#include "base/fail.hpp"
#include "base/random.hpp"
#include "cluster/ranks_of_threads.hpp"
#include "millrace/millrace.hpp"
#include "model/models.hpp"
#include "ops/layers/layer.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

constexpr std::int64_t columns = 4;

struct Rows {
  std::vector<float> x, y;
  explicit Rows(std::uint64_t seed) {
    Random random(seed, RandomStream::noise);
    for (int r = 0; r < 60; ++r) {
      for (std::int64_t c = 0; c < columns; ++c) x.push_back(static_cast<float>(random.normal()));
      y.push_back(x.back() > 0 ? 1.0F : 0.0F);
    }
  }
  Dataset view() const { return Dataset::view(x, columns, y); }
};

struct Asked {
  FitOptions fit{.epochs = 3, .batch_size = 20, .threads = 1};
  std::uint64_t rows = 1;
  std::uint64_t weights = 2;
  std::vector<LayerConfig> layers{Dense{.units = 4, .activation = "tanh"}, Dense{.units = 1, .activation = "sigmoid"}};
};

// Fits in a cluster of two; change(asked, rank) changes what a rank asks for. Returns the errors of the ranks.
template <class Change>
std::vector<std::string> fit_two(const Change& change, std::vector<History>* histories = nullptr) {
  return for_ranks(2, [&](Cluster& cluster) {
    Asked asked;
    change(asked, cluster.rank());
    asked.fit.cluster = &cluster;
    const Rows rows(asked.rows);
    Model model(asked.layers);
    model.build(columns, asked.weights);
    model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{}});
    const History history = model.fit(rows.view(), asked.fit);
    if (histories != nullptr) (*histories)[cluster.rank()] = history;
  });
}

// Every rank ends with this message.
template <class Change>
void expect_refused(const std::vector<std::string>& parts, const Change& change) {
  for (const std::string& error : fit_two(change)) {
    for (const std::string& part : parts)
      EXPECT_NE(error.find(part), std::string::npos) << "no '" << part << "' in: " << error;
  }
}

TEST(ClusterFitTogether, RanksOfTheSameRunAreNotRefused) {
  EXPECT_EQ(fit_two([](Asked&, int) {}), (std::vector<std::string>{"", ""}));
}

// The number of workers decides into how many buckets a gradient is cut, which all ranks agree on.
TEST(ClusterFitTogether, RanksMayHaveOtherNumbersOfThreads) {
  std::vector<History> histories(2);
  const auto change = [](int threads_of_rank_1) {
    return [=](Asked& asked, int rank) {
      asked.layers = {Dense{.units = 700, .activation = "relu"}, Dense{.units = 700, .activation = "relu"},
                      Dense{.units = 1, .activation = "sigmoid"}};
      asked.fit.threads = rank == 0 ? 1 : threads_of_rank_1;
    };
  };
  EXPECT_EQ(fit_two(change(1), &histories), (std::vector<std::string>{"", ""}));
  const double expected = histories[0].epochs.back().loss;
  for (const int threads : {0, 2, 5}) {
    EXPECT_EQ(fit_two(change(threads), &histories), (std::vector<std::string>{"", ""}));
    for (const History& history : histories) EXPECT_EQ(history.epochs.back().loss, expected) << threads;
  }
}

TEST(ClusterFitTogether, RefusesARankWithAnotherRun) {
  const std::string in_rank_1 = "in rank 1 on this host), expected the same in all processes";
  expect_refused({"seed (0 in rank 0, 9 " + in_rank_1}, [](Asked& asked, int rank) { asked.fit.seed = rank * 9; });
  expect_refused({"epochs (3 in rank 0, 4 " + in_rank_1}, [](Asked& asked, int rank) { asked.fit.epochs = 3 + rank; });
  expect_refused({"batch size (20 in rank 0, 19 " + in_rank_1},
                 [](Asked& asked, int rank) { asked.fit.batch_size = 20 - rank; });
  expect_refused({"training rows (other rows in rank 1 on "}, [](Asked& asked, int rank) { asked.rows = 1 + rank; });
  expect_refused({"weights (", in_rank_1}, [](Asked& asked, int rank) { asked.weights = 1 + rank; });
  expect_refused({"wire (none in rank 0, \"bfloat16\" " + in_rank_1},
                 [](Asked& asked, int rank) { asked.fit.wire = rank == 1 ? "bfloat16" : "fp32"; });
  expect_refused({"slices (2 in rank 0, 3 " + in_rank_1}, [](Asked& asked, int rank) { asked.fit.slices = 2 + rank; });
}

TEST(ClusterFitTogether, RefusesSlicesThatDoNotFit) {
  expect_refused({"[slices] 1 slice for 2 processes, expected at least one for each"},
                 [](Asked& asked, int) { asked.fit.slices = 1; });
  expect_refused({"[slices] 21 slices of a batch of 20 rows, expected at most 20"},
                 [](Asked& asked, int) { asked.fit.slices = 21; });
  expect_refused({"[slices] 2 slices of a batch of 1 row, expected at most 1: a larger batch, or fewer processes"},
                 [](Asked& asked, int) { asked.fit.batch_size = 1; });
}

TEST(ClusterFitTogether, RefusesRoundedGradientsWhereNoneTravels) {
  const Rows rows(1);
  Model model(Asked().layers);
  model.build(columns, 1);
  model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{}});
  expect_error(ErrorKind::usage,
               {"[wire] bfloat16 for batches that are not cut into slices", "expected 2 or more slices"},
               [&] { return model.fit(rows.view(), {.batch_size = 20, .wire = "bfloat16"}); });
  expect_error(ErrorKind::usage, {"[wire] 'half', expected fp32 or bfloat16"},
               [&] { return model.fit(rows.view(), {.batch_size = 20, .slices = 2, .wire = "half"}); });
}

TEST(ClusterFitTogether, AnErrorOfOneRankEndsTheOther) {
  const std::vector<std::string> errors = fit_two([](Asked& asked, int rank) {
    if (rank == 1)
      asked.fit.on_step = [](const StepReport& step) {
        if (step.step == 2) throw Error(ErrorKind::environment, "[disk] is full");
      };
  });
  EXPECT_EQ(errors[1], "[disk] is full");
  EXPECT_EQ(errors[0], "[rank 1 on this host] [disk] is full");
}

// The kind of the error that the other rank gets says who can remove the cause.
TEST(ClusterFitTogether, AnExceptionOfOneRankIsAnErrorOfItsKindForTheOther) {
  const auto kind_of = [](void (*raise)(), const std::string& text) {
    std::optional<ErrorKind> kind;
    for_ranks(2, [&](Cluster& cluster) {
      const Rows rows(1);
      Model model(Asked().layers);
      model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{}});
      FitOptions options{.batch_size = 20, .threads = 1, .cluster = &cluster};
      if (cluster.rank() == 1) options.on_step = [raise](const StepReport&) { raise(); };
      try {
        model.fit(rows.view(), options);
      } catch (const Error& error) {
        if (cluster.rank() != 0) throw;
        kind = error.kind();
        EXPECT_NE(std::string(error.what()).find("[rank 1 on this host] [fit] " + text), std::string::npos)
            << error.what();
      }
    });
    return kind;
  };
  EXPECT_EQ(kind_of([] { throw std::runtime_error("enough"); }, "enough"), ErrorKind::usage);
  EXPECT_EQ(kind_of([] { throw std::bad_alloc(); }, "out of memory"), ErrorKind::environment);
}

TEST(ClusterFitTogether, OfTheAnswersThatOfRank0Counts) {
  for (const int who : {0, 1}) {
    std::vector<History> histories(2);
    EXPECT_EQ(fit_two(
                  [who](Asked& asked, int rank) {
                    asked.fit.on_epoch = [rank, who](const Epoch& epoch) {
                      return rank == who && epoch.number == 2 ? Proceed::no : Proceed::yes;
                    };
                  },
                  &histories),
              (std::vector<std::string>{"", ""}));
    for (const History& history : histories) EXPECT_EQ(history.epochs.size(), who == 0 ? 2U : 3U);
  }
}

TEST(ClusterFitTogether, ARequestOfAnyRankStopsAll) {
  std::atomic<bool> stop{false};
  const std::vector<std::string> errors = fit_two([&stop](Asked& asked, int rank) {
    if (rank == 0) return;
    asked.fit.stop = &stop;
    asked.fit.on_step = [&stop](const StepReport& step) { stop = step.epoch == 2 && step.step == 1; };
  });
  for (const std::string& error : errors)
    EXPECT_NE(error.find("stopped in epoch 2 after step 2"), std::string::npos) << error;
}

TEST(Cluster, Rank0WritesFilesAndSoDoesAProcessAlone) {
  const std::vector<std::unique_ptr<Cluster>> ranks = cluster_of_threads(2);
  EXPECT_TRUE(writes_files(nullptr));
  EXPECT_TRUE(writes_files(ranks[0].get()));
  EXPECT_FALSE(writes_files(ranks[1].get()));
}

TEST(ClusterFitTogether, Rank0AloneWrites) {
  const TemporaryDirectory folder;
  std::vector<std::string> errors = fit_two([&](Asked& asked, int rank) {
    asked.fit.checkpoint = folder.file(rank == 0 ? "run.safetensors" : "other.safetensors");
    asked.fit.callbacks = {CsvLog{.path = folder.file(rank == 0 ? "history.csv" : "other.csv")}};
  });
  EXPECT_EQ(errors, (std::vector<std::string>{"", ""}));
  EXPECT_TRUE(std::filesystem::exists(folder.file("run.safetensors")));
  EXPECT_TRUE(std::filesystem::exists(folder.file("history.csv")));
  EXPECT_FALSE(std::filesystem::exists(folder.file("other.safetensors")));
  EXPECT_FALSE(std::filesystem::exists(folder.file("other.csv")));
}

// The value may be in the slice of any rank.
TEST(ClusterFitTogether, AllNameTheLayerAndTheRowsOfAStepThatIsNotFinite) {
  for (const std::int64_t row : {3, 57}) {
    const auto fit = [row](Cluster* cluster) {
      Rows rows(1);
      std::fill_n(rows.x.begin() + row * columns, columns, 3e38F);
      Model model({parse_layer("dense:5:kernel_initializer=ones"), Dense{.units = 1}});
      model.build(columns, 2);
      model.compile({.optimizer = Sgd{}, .loss = MeanSquaredError{}});
      model.fit(rows.view(), {.batch_size = 20, .shuffle = false, .threads = 1, .slices = 2, .cluster = cluster});
    };
    std::string alone;
    try {
      fit(nullptr);
    } catch (const Error& error) {
      alone = error.what();
    }
    const std::size_t first = alone.find("the first is the output of dense_"), last = alone.find(';', first);
    ASSERT_NE(first, std::string::npos) << alone;
    const std::string place = alone.substr(first, last - first);
    for (const std::string& error : for_ranks(2, [&](Cluster& cluster) { fit(&cluster); })) {
      EXPECT_NE(error.find(place), std::string::npos) << error << "\nexpected " << place;
      EXPECT_NE(error.find("the batch of that step has the rows " + std::string(row == 3 ? "1, 2, 3" : "41, 42, 43")),
                std::string::npos)
          << error;
    }
  }
}

// A class of a user's own, with what every cluster has.
class PlainCluster : public Cluster {
 public:
  explicit PlainCluster(Cluster& cluster) : cluster_(cluster) {}
  int rank() const override { return cluster_.rank(); }
  int size() const override { return cluster_.size(); }
  std::string host() const override { return cluster_.host(); }
  void exchange(std::span<const Sent> sent, std::span<const Received> received) override {
    cluster_.exchange(sent, received);
  }
  bool leave(const Error& error) noexcept override { return cluster_.leave(error); }

 protected:
  Cluster& cluster_;
};

// Its connection fails between two looks at the messages of buckets.
class BrokenCluster final : public PlainCluster {
 public:
  BrokenCluster(Cluster& cluster, int looks) : PlainCluster(cluster), looks_(looks) {}
  void start(std::span<const Sent> sent, std::span<const Received> received) override {
    cluster_.start(sent, received);
    ++started_;
  }
  std::int64_t under_way() override {
    if (started_ > 2 && --looks_ == 0) fail(ErrorKind::environment, "cluster", "the link is down, expected it up");
    return cluster_.under_way();
  }

 private:
  int looks_, started_ = 0;
};

// A network of several buckets.
template <class Own>
std::vector<std::string> fit_buckets(int ranks, std::vector<std::vector<float>>& weights, const Own& own) {
  weights.resize(static_cast<std::size_t>(ranks));
  return for_ranks(ranks, [&](Cluster& cluster) {
    const auto mine = own(cluster);
    const Rows rows(1);
    Model model({Dense{.units = 1100, .activation = "tanh"}, Dense{.units = 1000, .activation = "tanh"},
                 Dense{.units = 1, .activation = "sigmoid"}});
    model.build(columns, 2);
    model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{}});
    model.fit(rows.view(), {.epochs = 2, .batch_size = 20, .threads = 1, .slices = 4, .cluster = mine.get()});
    weights[cluster.rank()] = weights_of(model);
  });
}

TEST(ClusterFitTogether, AClusterThatOnlyExchangesIsEnough) {
  std::vector<std::vector<float>> plain, others;
  EXPECT_EQ(fit_buckets(2, plain, [](Cluster& cluster) { return std::make_unique<PlainCluster>(cluster); }),
            (std::vector<std::string>{"", ""}));
  EXPECT_EQ(fit_buckets(3, others, [](Cluster& cluster) { return std::make_unique<BrokenCluster>(cluster, -1); }),
            (std::vector<std::string>{"", "", ""}));
  for (const std::vector<float>& weights : others) EXPECT_TRUE(weights == plain[0]);
}

TEST(ClusterFitTogether, ALinkThatFailsWithinABucketEndsAll) {
  for (const int looks : {1, 3, 6}) {
    std::vector<std::vector<float>> weights;
    const std::vector<std::string> errors = fit_buckets(3, weights, [&](Cluster& cluster) {
      return std::make_unique<BrokenCluster>(cluster, cluster.rank() == 1 ? looks : -1);
    });
    const std::string down = "[cluster] the link is down, expected it up";
    EXPECT_EQ(errors,
              (std::vector<std::string>{"[rank 1 on this host] " + down, down, "[rank 1 on this host] " + down}))
        << looks;
  }
}

}  // namespace
}  // namespace millrace::test
