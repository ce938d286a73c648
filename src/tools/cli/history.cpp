// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/history.hpp"

#include "base/atomic_file.hpp"
#include "base/text.hpp"

namespace millrace::cli {

namespace {

std::string header(const std::vector<std::string>& metrics, bool validated) {
  std::string line = "epoch,loss";
  for (const std::string& metric : metrics) line += "," + metric;
  if (validated) line += ",val_loss";
  for (const std::string& metric : metrics) line += validated ? ",val_" + metric : "";
  return line + ",learning_rate\n";
}

std::string values(double loss, const std::vector<NamedValue>& metrics) {
  std::string text = "," + number_text(loss);
  for (const auto& [name, value] : metrics) text += "," + number_text(value);
  return text;
}

}  // namespace

void write_history(const std::string& path, const std::vector<Epoch>& epochs, const std::vector<std::string>& metrics,
                   bool validated) {
  std::string text = header(metrics, validated);
  for (const Epoch& epoch : epochs) {
    text += std::to_string(epoch.number) + values(epoch.loss, epoch.metrics);
    if (epoch.validated) text += values(epoch.validation.loss, epoch.validation.metrics);
    text += "," + number_text(epoch.learning_rate) + "\n";
  }
  write_file_atomically(path, text);
}

}  // namespace millrace::cli
