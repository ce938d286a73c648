// SPDX-License-Identifier: Apache-2.0
#include "millrace/model.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <utility>
#include <vector>

#include "model/models.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

TEST(Clone, PredictsTheSameAndTrainsIndependently) {
  const SignTable data;
  Model model = sign_model(Adam{});
  model.standardize(data.view());
  model.fit(data.view(), {.epochs = 1});
  Model clone = model.clone();
  EXPECT_EQ(weights_of(clone), weights_of(model));
  EXPECT_EQ(clone.predict(data.view()).row(3)[0], model.predict(data.view()).row(3)[0]);
  EXPECT_EQ(clone.evaluate(data.view())["accuracy"], model.evaluate(data.view())["accuracy"]);
  const std::vector<float> before = weights_of(model);
  clone.fit(data.view(), {.epochs = 1});
  EXPECT_EQ(weights_of(model), before);
  EXPECT_NE(weights_of(clone), before);
  const Model unbuilt = Model{Dense{.units = 3}}.clone();
  EXPECT_NE(unbuilt.summary().find("not built"), std::string::npos);
}

TEST(Model, CanBeMovedAndReportsUseAfterTheMove) {
  const SignTable data;
  Model m = sign_model(Adam{});
  const float before = m.predict(data.view()).row(7)[0];
  Model moved = std::move(m);
  EXPECT_EQ(moved.predict(data.view()).row(7)[0], before);
  const Model& left = m;  // NOLINT(bugprone-use-after-move)
  for (const auto& use : std::vector<std::function<void()>>{
           [&] { static_cast<void>(m.predict(data.view())); }, [&] { m.compile({}); }, [&] { m.build(2); },
           [&] { static_cast<void>(left.summary()); }, [&] { moved.copy_weights(m); }})
    expect_error(ErrorKind::usage,
                 {"[model] this model was moved to another one, expected a model that was not moved from"}, use);
  m = std::move(moved);
  EXPECT_EQ(m.predict(data.view()).row(7)[0], before);
}

// Under AddressSanitizer, or with memory that is written over, a fit that lost its network does not come this far.
TEST(Model, MayBeAssignedToByACallbackOfItsFit) {
  const SignTable data;
  Model plain = sign_model(Adam{}), model = sign_model(Adam{}), first = sign_model(Adam{}),
        trained = sign_model(Adam{});
  const History expected = plain.fit(data.view(), {.epochs = 4});
  FitOptions options{.epochs = 4};
  options.on_epoch = [&](const Epoch& epoch) {
    if (epoch.number == 2) model = sign_model(Adam{});
  };
  const History history = model.fit(data.view(), options);
  ASSERT_EQ(history.epochs.size(), 4U);
  EXPECT_EQ(history.epochs[3].loss, expected.epochs[3].loss);
  EXPECT_EQ(weights_of(model), weights_of(first)) << "the model is the new one, which is not trained";
  // The network that is being trained may go on as another model.
  options.on_epoch = [&](const Epoch& epoch) {
    if (epoch.number == 2) trained = std::exchange(first, sign_model(Adam{}));
  };
  EXPECT_EQ(first.fit(data.view(), options).epochs.size(), 4U);
  EXPECT_EQ(weights_of(trained), weights_of(plain));
}

TEST(Model, LeavesRowsWhenItIsToStop) {
  const SignTable data;
  Model model = sign_model(Adam{});
  std::vector<float> x, y;
  for (int times = 0; times < 100; ++times) {
    x.insert(x.end(), data.x.begin(), data.x.end());
    y.insert(y.end(), data.y.begin(), data.y.end());
  }
  const Dataset rows = Dataset::view(x, data.view().features.columns, y);
  std::atomic<bool> stop{false};
  for (const int threads : {1, 2}) {
    stop = false;
    EXPECT_EQ(model.evaluate(rows, threads, &stop).loss, model.evaluate(rows, threads).loss);
    EXPECT_EQ(model.predict(rows, threads, &stop).rows(), rows.rows());
    stop = true;
    expect_error(ErrorKind::interrupted, {"[evaluate] stopped before the last row"},
                 [&] { static_cast<void>(model.evaluate(rows, threads, &stop)); });
    expect_error(ErrorKind::interrupted, {"[predict] stopped before the last row"},
                 [&] { static_cast<void>(model.predict(rows, threads, &stop)); });
  }
}

TEST(Preparation, WaysToScaleTargetsAreNamed) {
  const std::vector<float> x{1, 2, 3, 4, 5, 6};
  Dataset data = Dataset::view(x, 1);
  data.targets = data.features;
  Model model{Dense{.units = 1}};
  const std::string known = ", expected one of standard, minmax, robust, log1p, none, auto";
  expect_error(ErrorKind::usage, {"[scale_target] 'quantile' cannot be undone" + known},
               [&] { model.scale_target(data, "quantile"); });
}

// A scale of another width would be read past its end.
TEST(Preparation, OfAnotherWidthIsRefused) {
  const std::vector<float> x{1, 2, 3, 4, 5, 6};
  const Dataset narrow = Dataset::view(x, 2), wide = Dataset::view(x, 3);
  Dataset targets = wide;
  targets.targets = wide.features;
  Model unbuilt{Dense{.units = 2}};
  unbuilt.standardize(narrow);
  expect_error(ErrorKind::usage, {"the features have 3 columns, expected 2"}, [&] { unbuilt.build(3); });
  Model model{Dense{.units = 2}};
  model.build(3);
  const float before = model.predict(wide).row(1)[0];
  expect_error(ErrorKind::usage, {"[standardize] data has 2 feature columns, expected 3, as the model has"},
               [&] { model.standardize(narrow); });
  expect_error(ErrorKind::usage, {"the features have 3 columns, expected 2"}, [&] { model.copy_preparation(unbuilt); });
  Model of_three{Dense{.units = 3}};
  of_three.scale_target(targets);
  expect_error(ErrorKind::usage, {"[scale_target]", "of 3 target columns and the model has 2 outputs"},
               [&] { model.copy_preparation(of_three); });
  EXPECT_EQ(model.predict(wide).row(1)[0], before);
  model.scale_target(targets);
  expect_error(ErrorKind::usage, {"of 3 target columns and the model has 2 outputs"},
               [&] { static_cast<void>(model.predict(wide)); });
}

}  // namespace
}  // namespace millrace::test
