// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <filesystem>

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
        validation_folder_((fs::path(options.path) / "validation").string()),
        training_((fs::path(options.path) / "train").string()),
        validation_(validation_folder_) {
    if (options.path.empty()) fail(ErrorKind::usage, TensorBoard::op, "no path, expected the name of a folder");
    std::error_code code;
    if (fs::exists(options.path, code) && !fs::is_directory(options.path, code))
      fail(ErrorKind::usage, TensorBoard::op,
           "'" + options.path + "' is a file, expected the name of a folder, or a name that is free");
  }
  void epoch_end(const Epoch&, CallbackContext&) override {}

  // Epochs of the history that are not in the files yet. A run that was resumed writes all of them to new files.
  void log(const CallbackContext& run) override {
    double time = now();
    for (std::size_t i = written_; i < run.history.size(); ++i) time -= run.history[i].seconds;
    for (; written_ < run.history.size(); ++written_) {
      const Epoch& epoch = run.history[written_];
      time += epoch.seconds;
      add(epoch, time);
    }
    training_.write();
    if (validates_)
      validation_.write();
    else
      remove_event_files(validation_folder_);
  }

 private:
  void add(const Epoch& epoch, double time) {
    StepEvent training{.step = epoch.number, .time = time, .values = {}}, validation = training;
    for (const auto& [name, value] : values_of(epoch)) {
      const bool validated = epoch.validated && name.starts_with("val_");
      (validated ? validation : training).values.push_back({"epoch_" + name.substr(validated ? 4 : 0), value});
    }
    training.values.push_back({"epoch_learning_rate", epoch.learning_rate});
    training_.add(training);
    if (epoch.validated) validation_.add(validation);
  }

  bool validates_;
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
