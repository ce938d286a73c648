// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "run/callbacks/callback.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

TEST(JsonLog, WritesAnObjectPerLineAndNullForNonFiniteNumbers) {
  const MetricSet metrics({"accuracy"}, 1, 1);
  const TemporaryDirectory folder;
  const auto log = callback_row("json_log").make(JsonLog{.path = folder.file("log.jsonl")}, {metrics, true});
  std::vector<Epoch> history;
  double scale = 1;
  std::string stopped;
  const auto write = [&] {
    log->log(
        {.folder = {}, .history = history, .weights = {}, .rate_scale = scale, .stopped = stopped, .write_model = {}});
    return read_text(folder.file("log.jsonl"));
  };
  EXPECT_EQ(write(), "");
  Epoch epoch;
  epoch.number = 1;
  epoch.loss = 0.1;
  epoch.metrics = {{"accuracy", 1}};
  epoch.validated = true;
  epoch.validation = {std::nan(""), {{"accuracy", std::numeric_limits<double>::infinity()}}};
  epoch.learning_rate = 1e-7;
  epoch.steps = 40;
  history.push_back(epoch);
  const std::string first = write();
  EXPECT_EQ(first,
            "{\"epoch\":1,\"loss\":0.1,\"accuracy\":1.0,\"val_loss\":null,\"val_accuracy\":null,"
            "\"learning_rate\":1e-07,\"step\":40}\n");
  epoch.number = 2;
  epoch.validation.loss = -std::numeric_limits<double>::infinity();
  history.push_back(epoch);
  EXPECT_TRUE(write().starts_with(first));
  EXPECT_NE(write().find("\n{\"epoch\":2,\"loss\":0.1,\"accuracy\":1.0,\"val_loss\":null"), std::string::npos);
}

}  // namespace
}  // namespace millrace::test
