// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <utility>

#include "base/atomic_file.hpp"
#include "run/callbacks/callback.hpp"
#include "run/layer_lines.hpp"

namespace millrace {

namespace {

class LayerLogCallback final : public Callback {
 public:
  LayerLogCallback(const LayerLog& options, const MeasuredValues&) : path_(options.path) {}
  [[nodiscard]] bool reads_layers() const override { return true; }
  void epoch_end(const Epoch& epoch, CallbackContext& run) override {
    // The process that did the epoch's last step has written its lines, if it was stopped before its values were measured.
    take_earlier(run.layers.empty() ? epoch.number : epoch.number - 1);
    text_ += lines_of(run.layers, epoch.number, epoch.steps);
  }
  // Ahead of the checkpoint: a run that is killed between the two goes on from the one before and leaves out later lines.
  // Lines that are behind a checkpoint would be lost, because its steps are not repeated.
  void keep(CallbackContext& run) override {
    const std::int64_t measured = std::ssize(run.history);
    take_earlier(run.layers.empty() ? run.trained_epochs : measured);
    std::string text = text_;
    if (run.trained_epochs > measured) text += lines_of(run.layers, measured + 1, run.epoch_steps);
    if (!run.writes_files || text == written_) return;
    write_file_atomically(run.folder.placed(path_), text);
    written_ = std::move(text);
  }

 private:
  static std::string lines_of(std::span<const LayerRecord> layers, std::int64_t epoch, std::int64_t steps) {
    std::string text;
    for (const LayerRecord& record : layers) text += layer_line({.epoch = epoch, .step = steps, .record = record});
    return text;
  }

  // A run that was resumed keeps the lines of its epochs. Lines of later epochs are of a run that this one replaces.
  void take_earlier(std::int64_t epochs) {
    if (std::exchange(begun_, true) || epochs == 0) return;
    for (const EpochLayer& layer : read_layer_log(path_)) {
      if (layer.epoch <= epochs) text_ += layer_line(layer);
    }
  }

  std::string path_, text_;
  std::optional<std::string> written_;  // what the file holds; nothing: the file is of an earlier run
  bool begun_ = false;
};

}  // namespace

CallbackRow layer_log_row() {
  return callback_row_of<LayerLog, LayerLogCallback>("layer-log", "writes statistics of the layers as JSON lines",
                                                     false, "layers.jsonl");
}

}  // namespace millrace
