// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/report.hpp"

#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

namespace millrace::cli {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Evaluation& evaluation) {
  Json values{{"loss", evaluation.loss}};
  for (const auto& [name, value] : evaluation.metrics) values[name] = value;
  return values;
}

std::string number(const char* format, double value) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string phase_text(const PhaseTime& phase) {
  const auto runs = static_cast<double>(phase.runs > 0 ? phase.runs : 1);
  return "  " + phase.name + std::string(phase.name.size() < 16 ? 16 - phase.name.size() : 1, ' ') +
         number("%10.2f us", phase.seconds / runs * 1e6) +
         number("  %.1f jobs", static_cast<double>(phase.jobs) / runs) + "\n";
}

}  // namespace

std::string report_text(const TrainReport& report) {
  const History& history = report.history;
  std::string text = "training    " + evaluation_text(report.training) + "\n";
  if (report.validated) text += "validation  " + evaluation_text(report.validation) + "\n";
  if (history.steps > 0) {
    text += "time        " + number("%.3f s", history.seconds) + ", " + std::to_string(history.steps) + " steps of " +
            number("%.1f us", history.step_microseconds) + "\n" + "threads     " + std::to_string(history.threads) +
            " (" + history.thread_reason + ")\n";
  }
  if (!history.phases.empty()) {
    text += "a step, by phase\n";
    for (const PhaseTime& phase : history.phases) text += phase_text(phase);
    text += history.plan;
  }
  text += "wrote       ";
  for (std::size_t i = 0; i < report.files.size(); ++i) text += (i == 0 ? "" : ", ") + report.files[i];
  return text + "\n";
}

std::string report_json(const TrainReport& report) {
  const History& history = report.history;
  Json object{{"seconds", history.seconds},
              {"step_us", history.step_microseconds},
              {"threads", history.threads},
              {"steps", history.steps},
              {"peak_rss_mib", peak_rss_mib()},
              {"plan", history.plan},
              {"metrics", to_json(report.training)},
              {"validation", report.validated ? to_json(report.validation) : Json::object()}};
  for (const PhaseTime& phase : history.phases)
    object["phases"][phase.name] = {{"seconds", phase.seconds}, {"runs", phase.runs}, {"jobs", phase.jobs}};
  return object.dump() + "\n";
}

std::string evaluation_text(const Evaluation& evaluation) {
  std::string text = "loss " + number("%.6g", evaluation.loss);
  for (const auto& [name, value] : evaluation.metrics) text += "  " + name + " " + number("%.6g", value);
  return text;
}

std::string evaluation_json(const Evaluation& evaluation) { return to_json(evaluation).dump() + "\n"; }

double peak_rss_mib() {
  // Not ru_maxrss where it can be helped: that starts with what the process was before exec, a copy of its parent.
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes / 1024;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace millrace::cli
