// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <filesystem>

#include "base/fail.hpp"
#include "run/callbacks/callback.hpp"
#include "run/callbacks/event_file.hpp"

namespace millrace {

namespace {

namespace fs = std::filesystem;

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

class TensorBoardCallback final : public Callback {
 public:
  TensorBoardCallback(const TensorBoard& options, const MeasuredValues& measured)
      : validates_(measured.validates),
        layers_(options.layers),
        validation_folder_((fs::path(options.path) / "validation").string()),
        training_((fs::path(options.path) / "train").string()),
        validation_(validation_folder_) {
    std::error_code code;
    if (fs::exists(options.path, code) && !fs::is_directory(options.path, code))
      fail(ErrorKind::usage, TensorBoard::op,
           "'" + options.path + "' is a file, expected the name of a folder, or a name that is free");
  }
  [[nodiscard]] bool reads_layers() const override { return layers_; }
  void epoch_end(const Epoch& epoch, CallbackContext& run) override {
    if (!run.layers.empty()) recorded_[epoch.number].assign(run.layers.begin(), run.layers.end());
  }

  // Epochs of the history that are not in the files yet. A run that was resumed writes all of them to new files, but what
  // the layers did in earlier epochs is known no more.
  void log(const CallbackContext& run) override {
    double time = now();
    for (std::size_t i = written_; i < run.history.size(); ++i) time -= run.history[i].seconds;
    for (; written_ < run.history.size(); ++written_) {
      const Epoch& epoch = run.history[written_];
      time += epoch.seconds;
      add(epoch, time);
    }
    training_.write(run.folder);
    if (validates_)
      validation_.write(run.folder);
    else
      remove_event_files(run.folder.placed(validation_folder_));
  }

 private:
  void add(const Epoch& epoch, double time) {
    StepEvent training{.step = epoch.number, .time = time, .values = {}}, validation = training;
    for (const auto& [name, value] : epoch.values()) {
      const bool validated = epoch.validated && name.starts_with("val_");
      (validated ? validation : training).values.push_back({"epoch_" + name.substr(validated ? 4 : 0), value});
    }
    training.values.push_back({"epoch_learning_rate", epoch.learning_rate});
    for (const LayerRecord& layer : recorded_[epoch.number]) add(layer, training);
    recorded_.erase(epoch.number);
    training_.add(training);
    if (epoch.validated) validation_.add(validation);
  }

  static void add(const LayerRecord& layer, StepEvent& event) {
    const auto number = [&](const char* name, double value) {
      event.values.push_back({layer.layer + "/" + name, value});
    };
    if (layer.weights > 0) {
      number("weight_norm", layer.weight_norm);
      number("update_norm", layer.update_norm);
      if (layer.gradient_norm) number("gradient_norm", *layer.gradient_norm);
      if (!layer.counts.empty()) event.tensors.push_back(histogram_value(layer.layer + "/weights", layer));
    }
    if (layer.units > 0) number("dead_units", static_cast<double>(layer.dead_units) / static_cast<double>(layer.units));
  }

  bool validates_, layers_;
  std::map<std::int64_t, std::vector<LayerRecord>> recorded_;  // by epoch, until they are written
  std::string validation_folder_;
  EventFile training_, validation_;
  std::size_t written_ = 0;
};

}  // namespace

CallbackRow tensorboard_row() {
  return callback_row_of<TensorBoard, TensorBoardCallback>("tensorboard", "writes the epochs for TensorBoard", false,
                                                           "tensorboard");
}

}  // namespace millrace
