// SPDX-License-Identifier: Apache-2.0
//
// Compares learning rates with those of other libraries, which tests/golden has.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "ops/schedules/schedule.hpp"

namespace millrace::test {
namespace {

using nlohmann::json;

struct Curve {
  std::string name;
  ScheduleConfig schedule;
  std::vector<double> rates;
  friend std::ostream& operator<<(std::ostream& out, const Curve& curve) { return out << curve.name; }
};

ScheduleConfig config_of(const json& from) {
  ScheduleConfig config(from.at("op").get<std::string>());
  for (const auto& [name, value] : from.at("options").items()) {
    if (value.is_boolean())
      config.options[name] = value.get<bool>();
    else if (value.is_array())
      config.options[name] = value.get<std::vector<double>>();
    else if (value.is_string())
      config.options[name] = value.get<std::string>();
    else
      config.options[name] = value.get<double>();
  }
  return config;
}

std::vector<Curve> curves() {
  std::vector<Curve> all;
  for (const char* library : {"keras", "torch", "sklearn"}) {
    std::ifstream file(std::string(MILLRACE_GOLDEN_DIR) + "/" + library + ".json");
    const json all_cases = json::parse(file);
    for (const json& entry : all_cases.at("cases")) {
      if (!entry.contains("schedule")) continue;
      all.push_back({entry.at("name").get<std::string>(), config_of(entry.at("schedule")),
                     entry.at("learning_rates").get<std::vector<double>>()});
    }
  }
  return all;
}

class GoldenSchedules : public ::testing::TestWithParam<Curve> {};

// The libraries compute in float32; README of tests/golden compares rates relative to the largest.
TEST_P(GoldenSchedules, RatesAreThoseOfTheLibrary) {
  const auto schedule = make_schedule(GetParam().schedule, {}, {123, 456});
  const std::vector<double>& rates = GetParam().rates;
  ASSERT_EQ(rates.size(), 100U);
  const double largest = *std::max_element(rates.begin(), rates.end());
  for (std::size_t step = 0; step < rates.size(); ++step)
    EXPECT_NEAR(schedule->learning_rate(static_cast<std::int64_t>(step)), rates[step], 1e-6 * largest) << step;
}

INSTANTIATE_TEST_SUITE_P(Schedules, GoldenSchedules, ::testing::ValuesIn(curves()), [](const auto& value) {
  std::string name = value.param.name;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
});

TEST(GoldenCurves, OfSchedulesAreAllFound) { EXPECT_EQ(curves().size(), 18U); }

}  // namespace
}  // namespace millrace::test
