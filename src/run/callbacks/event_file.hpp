// SPDX-License-Identifier: Apache-2.0
//
// An event file of TensorBoard, which shows numbers by step:
//   EventFile file("run/train");
//   file.add({.step = 1, .time = 1.7e9, .values = {{"epoch_loss", 0.25}}});
//   file.write();
//
// event_message.hpp has the form of its records.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"
#include "base/working_folder.hpp"
#include "run/callbacks/event_message.hpp"

namespace millrace {

/// A new file of its own in `folder`, which grows by whole records: TensorBoard follows it while the run goes on.
class EventFile {
 public:
  /// Touches nothing before the first write().
  explicit EventFile(std::string folder);

  void add(const StepEvent& event);
  /// Appends what was added since the last call. A relative folder belongs to `where`. The first call creates the folder and
  /// the file and removes event files that earlier runs of millrace wrote there. Throws Error{usage} for a path that cannot be a folder's, Error{environment} for
  /// one that takes no files and for a failed write.
  void write(const WorkingFolder& where = {});

 private:
  void create(const WorkingFolder& where);
  [[noreturn]] void give_up(std::string_view doing, int code) const;

  std::string folder_, path_;
  std::string added_;
  std::optional<Descriptor> file_;  // none before the first write()
};

/// Removes event files that millrace wrote into the folder, but for the one at `kept`. Those of other programs stay.
void remove_event_files(const std::string& folder, const std::string& kept = "");

}  // namespace millrace
