// SPDX-License-Identifier: Apache-2.0
#include "millrace/catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "millrace/callbacks.hpp"
#include "millrace/layers.hpp"
#include "millrace/optimizers.hpp"
#include "millrace/updates.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

constexpr OperationKind kinds[] = {OperationKind::layer,    OperationKind::activation, OperationKind::initializer,
                                   OperationKind::loss,     OperationKind::metric,     OperationKind::optimizer,
                                   OperationKind::schedule, OperationKind::callback};

TEST(Catalogue, DescribesEveryOperation) {
  for (const OperationKind kind : kinds) {
    EXPECT_GE(operations(kind).size(), 5U);
    for (const Operation& each : operations(kind)) {
      EXPECT_FALSE(each.name.empty());
      EXPECT_FALSE(each.summary.empty()) << each.name;
      for (const OperationOption& option : each.options) {
        EXPECT_FALSE(option.help.empty()) << each.name << " " << option.name;
        EXPECT_FALSE(option.type.empty()) << each.name << " " << option.name;
      }
      for (const std::string_view alias : each.aliases) EXPECT_EQ(operation(kind, alias).name, each.name);
    }
  }
}

// The options of a name and of its text are those of the struct.
TEST(Catalogue, AgreesWithTheOptionStructs) {
  const Operation dense = operation(OperationKind::layer, "dense");
  const OpConfig typed = Dense{.units = 25, .activation = "relu"};
  ASSERT_EQ(dense.options.size(), typed.options.size());
  EXPECT_EQ(complete_operation(OperationKind::layer, read_operation(OperationKind::layer, "25:relu")), typed);
  EXPECT_EQ(shortest_text(OperationKind::layer, typed), "dense:units=25:activation=relu");
}

TEST(Catalogue, KnowsTheDefaultsOfOtherLibraries) {
  const auto momentum = [](Semantics semantics) {
    const Operation layer = operation(OperationKind::layer, "batch_normalization", semantics);
    const auto option = std::find_if(layer.options.begin(), layer.options.end(),
                                     [](const OperationOption& each) { return each.name == "momentum"; });
    return std::get<double>(option->fallback);
  };
  EXPECT_EQ(momentum(Semantics::keras), 0.99);
  EXPECT_EQ(momentum(Semantics::torch), 0.9);
}

TEST(Catalogue, ListsTheOptionsThatAllOperationsOfAKindShare) {
  EXPECT_TRUE(shared_options(OperationKind::layer).empty());
  EXPECT_FALSE(shared_options(OperationKind::schedule).empty());
  const std::vector<OperationOption> update = shared_options(OperationKind::optimizer);
  EXPECT_TRUE(
      std::any_of(update.begin(), update.end(), [](const OperationOption& each) { return each.name == "clipnorm"; }));
  EXPECT_EQ(shared_options_text(OperationKind::optimizer, UpdateOptions{}), "");
  EXPECT_EQ(shared_options_text(OperationKind::optimizer, UpdateOptions{.clipnorm = 1}), "clipnorm=1");
  EXPECT_EQ(shared_options_text(OperationKind::schedule, PaceOptions{.warmup = 3}), "warmup=3");
}

TEST(Catalogue, CompletesConfigurationsThatMeanTheSameToTheSame) {
  const auto complete = [](const std::string& text) {
    return complete_operation(OperationKind::optimizer, read_operation(OperationKind::optimizer, text));
  };
  EXPECT_EQ(complete("sgd"), complete("sgd:learning_rate=1e-2"));
  EXPECT_EQ(complete("sgd"), OpConfig(Sgd{}));
  EXPECT_NE(complete("sgd"), complete("sgd:momentum=0.9"));
  EXPECT_EQ(shortest_text(OperationKind::optimizer, complete("sgd:momentum=0.9")), "sgd:momentum=0.9");
}

TEST(Catalogue, RefusesUnknownNamesAndWrongValues) {
  for (const OperationKind kind : kinds) {
    expect_error(ErrorKind::usage, {"unknown", "'nosuch'", "known: "}, [&] { return operation(kind, "nosuch"); });
    expect_error(ErrorKind::usage, {"unknown", "'nosuch'"}, [&] { return read_operation(kind, "nosuch:1"); });
    expect_error(ErrorKind::usage, {"unknown", "'nosuch'"}, [&] {
      check_operation(kind, OpConfig("nosuch"));
      return 0;
    });
    expect_error(ErrorKind::usage, {"unknown", "'nosuch'"},
                 [&] { return complete_operation(kind, OpConfig("nosuch")); });
    OpConfig wrong{std::string(operations(kind).front().name)};
    wrong.options["nosuch"] = 1.0;
    expect_error(ErrorKind::usage, {"unknown option 'nosuch'"}, [&] { return complete_operation(kind, wrong); });
    expect_error(ErrorKind::usage, {"unknown option 'nosuch'"}, [&] {
      check_operation(kind, wrong);
      return 0;
    });
  }
  expect_error(ErrorKind::usage, {"[sgd] learning_rate is 'fast'"}, [] {
    return complete_operation(OperationKind::optimizer,
                              read_operation(OperationKind::optimizer, "sgd:learning_rate=fast"));
  });
  expect_error(ErrorKind::usage, {"given twice"},
               [] { return read_operation(OperationKind::optimizer, "sgd:momentum=0.9:momentum=0.8"); });
  expect_error(ErrorKind::usage, {"[dense] units is 0"}, [] {
    check_operation(OperationKind::layer, Dense{});
    return 0;
  });
}

TEST(Catalogue, ChecksAScheduleWithItsOptimizer) {
  check_schedule("cosine_decay:decay_steps=10", {}, "adam");
  expect_error(ErrorKind::usage, {"step_size is 0"}, [] {
    check_schedule("step_decay", {}, "adam");
    return 0;
  });
}

TEST(Catalogue, NamesMetricsAndCallbacksAsResultsDo) {
  EXPECT_EQ(metric_names(std::vector<MetricConfig>{"accuracy", "top_k_accuracy:k=3"}),
            (std::vector<std::string>{"accuracy", "top_k_accuracy:k=3"}));
  EXPECT_EQ(callback_names(std::vector<CallbackConfig>{EarlyStopping{}, BestCheckpoint{}, EarlyStopping{}}),
            (std::vector<std::string>{"early_stopping", "best_checkpoint", "early_stopping_2"}));
}

TEST(Catalogue, TellsFactsThatAFrontEndNeeds) {
  EXPECT_TRUE(larger_is_better("accuracy"));
  EXPECT_FALSE(larger_is_better("mean_absolute_error"));
  EXPECT_TRUE(needs_all_rows("lbfgs"));
  EXPECT_FALSE(needs_all_rows("adam"));
  EXPECT_EQ(operation(OperationKind::callback, "csv_log").file, "history.csv");
  EXPECT_EQ(option_text(std::vector<std::int64_t>{3, 5}), "3x5");
}

}  // namespace
}  // namespace millrace::test
