// SPDX-License-Identifier: Apache-2.0
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
    take_earlier(epoch.number - 1);
    for (const LayerRecord& record : run.layers)
      text_ += layer_line({.epoch = epoch.number, .step = epoch.steps, .record = record});
  }
  void log(const CallbackContext& run) override {
    take_earlier(std::ssize(run.history));
    write_file_atomically(path_, text_);
  }

 private:
  // A run that was resumed keeps the lines of its epochs. Lines of later epochs are of a run that this one replaces.
  void take_earlier(std::int64_t epochs) {
    if (std::exchange(begun_, true) || epochs == 0) return;
    for (const EpochLayer& layer : read_layer_log(path_)) {
      if (layer.epoch <= epochs) text_ += layer_line(layer);
    }
  }

  std::string path_, text_;
  bool begun_ = false;
};

}  // namespace

CallbackRow layer_log_row() {
  return callback_row_of<LayerLog, LayerLogCallback>("layer-log", "writes statistics of the layers as JSON lines",
                                                     false, "layers.jsonl");
}

}  // namespace millrace
