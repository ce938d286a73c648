// SPDX-License-Identifier: Apache-2.0
#include "base/atomic_file.hpp"
#include "base/text.hpp"
#include "run/callbacks/callback.hpp"

namespace millrace {

namespace {

class CsvLogCallback final : public Callback {
 public:
  CsvLogCallback(const CsvLog& options, const MeasuredValues& measured) : path_(options.path) {
    header_ = "epoch";
    for (const std::string& column : columns_of(measured)) header_ += "," + column;
    header_ += ",learning_rate,step\n";
  }
  void log(const CallbackContext& run) override {
    std::string text = header_;
    for (const Epoch& epoch : run.history) {
      text += std::to_string(epoch.number);
      for (const auto& [name, value] : epoch.values()) text += "," + number_text(value);
      text += "," + number_text(epoch.learning_rate) + "," + std::to_string(epoch.steps) + "\n";
    }
    write_file_atomically(run.folder.placed(path_), text);
  }

 private:
  std::string path_, header_;
};

}  // namespace

CallbackRow csv_log_row() {
  return callback_row_of<CsvLog, CsvLogCallback>("", "writes the epochs as a table", false, "history.csv");
}

}  // namespace millrace
