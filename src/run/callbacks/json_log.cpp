// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "base/atomic_file.hpp"
#include "run/callbacks/callback.hpp"

namespace millrace {

namespace {

class JsonLogCallback final : public Callback {
 public:
  JsonLogCallback(const JsonLog& options, const MeasuredValues&) : path_(options.path) {}
  void log(const CallbackContext& run) override {
    std::string text;
    for (const Epoch& epoch : run.history) {
      nlohmann::ordered_json line{{"epoch", epoch.number}};
      for (const auto& [name, value] : epoch.values()) line[name] = value;
      line["learning_rate"] = epoch.learning_rate;
      line["step"] = epoch.steps;
      text += line.dump() + "\n";  // a number that is not finite becomes null
    }
    write_file_atomically(run.folder.placed(path_), text);
  }

 private:
  std::string path_;
};

}  // namespace

CallbackRow json_log_row() {
  return callback_row_of<JsonLog, JsonLogCallback>("json-log", "writes the epochs as JSON lines", false,
                                                   "history.jsonl");
}

}  // namespace millrace
