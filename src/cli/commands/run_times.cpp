// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/run_times.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/atomic_file.hpp"
#include "base/json_numbers.hpp"
#include "base/mapped_file.hpp"
#include "cli/screen/report.hpp"
#include "millrace/version.hpp"
#include "report/html.hpp"

namespace millrace::cli {

namespace {

using nlohmann::ordered_json;

constexpr int format = 1;

ordered_json json_of(const History& history, const TimesAround& around) {
  ordered_json times{{"format", format},
                     {"millrace", version()},
                     {"seconds",
                      {{"reading", around.reading},
                       {"training", history.seconds - history.validation_seconds},
                       {"validating", history.validation_seconds},
                       {"saving", history.saving_seconds},
                       {"exporting", around.exporting}}},
                     {"steps", history.steps},
                     {"step_microseconds", history.step_microseconds},
                     {"threads", history.threads},
                     {"thread_reason", history.thread_reason},
                     {"peak_rss_mib", peak_rss_mib()}};
  for (const PhaseTime& phase : history.phases)
    times["phases"].push_back({{"name", phase.name}, {"seconds", phase.seconds}, {"waiting", phase.waiting}});
  for (const LayerTime& layer : history.layers)
    times["layers"].push_back({{"name", layer.name},
                               {"forward", layer.forward},
                               {"backward", layer.backward},
                               {"gradient", layer.gradient},
                               {"update", layer.update}});
  return times;
}

void take(const ordered_json& times, report::RunReport& report) {
  const ordered_json& seconds = times.at("seconds");
  report.time_parts = {{"reading and preparing the table", seconds.at("reading").get<double>()},
                       {"training", seconds.at("training").get<double>()},
                       {"validating", seconds.at("validating").get<double>()},
                       {"writing checkpoints", seconds.at("saving").get<double>()},
                       {"writing and checking the ONNX model", seconds.at("exporting").get<double>()}};
  report.steps = whole_count(times.at("steps"));
  if (report.steps > 0)
    report.times.push_back(
        {"a step, the median", report::duration_text(times.at("step_microseconds").get<double>() * 1e-6)});
  const auto reason = times.at("thread_reason").get<std::string>();
  report.times.push_back(
      {"threads", std::to_string(whole_count(times.at("threads"))) + (reason.empty() ? "" : " (" + reason + ")")});
  report.times.push_back(
      {"peak memory", std::to_string(std::llround(times.at("peak_rss_mib").get<double>())) + " MiB"});
  for (const ordered_json& phase : times.value("phases", ordered_json::array()))
    report.phases.push_back({.name = phase.at("name").get<std::string>(),
                             .seconds = phase.at("seconds").get<double>(),
                             .waiting = phase.at("waiting").get<double>()});
  for (const ordered_json& layer : times.value("layers", ordered_json::array()))
    report.layers.push_back({layer.at("name").get<std::string>(), layer.at("forward").get<double>(),
                             layer.at("backward").get<double>(), layer.at("gradient").get<double>(),
                             layer.at("update").get<double>()});
}

}  // namespace

void write_times(const std::string& path, const History& history, const TimesAround& around) {
  write_file_atomically(path,
                        json_of(history, around).dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

void add_times(const std::string& path, report::RunReport& report) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(path, code)) return;
  report::RunReport with_times = report;
  try {
    take(ordered_json::parse(MappedFile(path, "report").bytes()), with_times);
    report = std::move(with_times);
  } catch (const std::exception& error) {
    report.notes.push_back(std::filesystem::path(path).filename().string() + " cannot be read: " + error.what());
  }
}

}  // namespace millrace::cli
