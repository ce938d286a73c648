// SPDX-License-Identifier: Apache-2.0
//
// Model::fit in a cluster: what is refused, how errors of one rank end all, and who decides that a run ends.
#include <gtest/gtest.h>

#include <atomic>

#include "base/random.hpp"
#include "cluster/ranks_of_threads.hpp"
#include "millrace/millrace.hpp"
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

TEST(ClusterFitTogether, RefusesARankWithAnotherRun) {
  const std::string in_rank_1 = "in rank 1 on this host), expected the same in all processes";
  expect_refused({"seed (0 in rank 0, 9 " + in_rank_1}, [](Asked& asked, int rank) { asked.fit.seed = rank * 9; });
  expect_refused({"epochs (3 in rank 0, 4 " + in_rank_1}, [](Asked& asked, int rank) { asked.fit.epochs = 3 + rank; });
  expect_refused({"batch size (20 in rank 0, 19 " + in_rank_1},
                 [](Asked& asked, int rank) { asked.fit.batch_size = 20 - rank; });
  expect_refused({"training rows (other rows in rank 1 on "}, [](Asked& asked, int rank) { asked.rows = 1 + rank; });
  expect_refused({"weights (", in_rank_1}, [](Asked& asked, int rank) { asked.weights = 1 + rank; });
  expect_refused({"slices (2 in rank 0, 3 " + in_rank_1}, [](Asked& asked, int rank) { asked.fit.slices = 2 + rank; });
}

TEST(ClusterFitTogether, RefusesSlicesThatDoNotFit) {
  expect_refused({"[slices] 1 slice for 2 processes, expected at least one for each"},
                 [](Asked& asked, int) { asked.fit.slices = 1; });
  expect_refused({"[slices] 21 slices of a batch of 20 rows, expected at most 20"},
                 [](Asked& asked, int) { asked.fit.slices = 21; });
  expect_refused({"[slices] 2 slices of a batch of 1 rows, expected at most 1: a larger batch, or fewer processes"},
                 [](Asked& asked, int) { asked.fit.batch_size = 1; });
}

TEST(ClusterFitTogether, RefusesSparseUpdatesByName) {
  Rows rows(1);
  for (float& value : rows.x) value = value > 0 ? 1.0F : 0.0F;
  Model model({Embedding{.input_dim = 2, .output_dim = 3, .sparse = true}, Flatten{},
               Dense{.units = 1, .activation = "sigmoid"}});
  model.build(columns, 1);
  model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{}});
  try {
    model.fit(rows.view(), {.batch_size = 20, .slices = 2});
    FAIL() << "sparse updates in slices";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("has sparse updates"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("expected sparse=false"), std::string::npos) << error.what();
  }
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

}  // namespace
}  // namespace millrace::test
