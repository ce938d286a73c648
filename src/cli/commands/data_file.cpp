// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/data_file.hpp"

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "table/slips.hpp"
#include "table/target.hpp"
#include "table/text/source.hpp"

namespace millrace::cli {

std::string target_file(const DataFiles& data, const std::vector<std::string>& target) {
  const bool is_file = data.type == FileFormat::npy || data.type == FileFormat::idx;
  return is_file && !target.empty() ? target[0] : "";
}

std::vector<NamedFile> read_files(std::string_view who, const std::string& flag, const DataFiles& data) {
  std::vector<NamedFile> files;
  for (const std::string& path : data.paths) {
    // An array has no pattern.
    for (const std::string& file : data.is_array() ? std::vector{path} : matching_files(path, who))
      files.push_back({flag, file});
  }
  return files;
}

std::vector<NamedFile> read_files(std::string_view who, const DataFiles& data, const std::vector<std::string>& target) {
  std::vector<NamedFile> files = read_files(who, "--data", data);
  files.push_back({"--target", target_file(data, target)});
  return files;
}

std::string rows_without_target(std::int64_t rows, const std::string& marks) {
  return counted(rows, "row has no target and is", "rows have no target and are") + " left out" +
         (marks.empty() ? "" : ": " + marks);
}

std::string said_marks(const TableColumn& target) {
  std::string text = marks_text(target);
  constexpr std::size_t most = 10;
  if (text.empty() || target.kind != ColumnKind::label) return text;
  std::vector<std::string> names = target.levels;
  for (const auto& [mark, cells] : target.marks) names.push_back(mark);
  std::ranges::sort(names);
  const bool plain = std::ranges::all_of(
      names, [](const std::string& name) { return name.find_first_of(",'\"\\") == std::string::npos; });
  text += "; if that is a class: --classes ";
  if (names.size() > most || !plain) return text + "NAME,... with its name and those of the others";
  std::string listed;
  for (const std::string& name : names) listed += (listed.empty() ? "" : ",") + name;
  return text + "'" + listed + "'";
}

std::vector<std::string> stray_cell_notes(const std::vector<UnreadCell>& unread) {
  return sentences(stray_cells(unread));
}

InputFiles::InputFiles(const DataFiles& data, const std::vector<std::string>& target) {
  for (const std::string& path : data.paths) stamps_.emplace_back(path);
  stamps_.emplace_back(target_file(data, target));
}

void InputFiles::require_unchanged(std::string_view who) const {
  for (const FileStamp& stamp : stamps_) stamp.require_unchanged(who);
}

std::string array_target(const DataFiles& data, const std::vector<std::string>& target, const std::string& who) {
  if (target.empty()) return "";
  if (data.type == FileFormat::libsvm) {
    fail(ErrorKind::usage, who,
         "--target is '" + target[0] + "', but '" + data.name() +
             "' is a LIBSVM file, expected no --target: its target is the label that each line starts with");
  }
  if (target.size() > 1 || (!target_file(data, target).empty() && data_file(target[0]).type != data.type)) {
    fail(ErrorKind::usage, who,
         "--target is '" + target[0] + "', expected one " +
             (data.type == FileFormat::npz   ? "array of " + data.name()
              : data.type == FileFormat::npy ? ".npy file of targets beside the .npy file of features"
                                             : "IDX file of targets beside the IDX file of features"));
  }
  return target[0];
}

Dataset read_array(const DataFiles& data, const std::string& target, const LibsvmOptions& sparse, ArrayMemory memory) {
  const std::string& path = data.paths[0];
  switch (data.type) {
    case FileFormat::npz:
      return read_npz(path, data.array, target);
    case FileFormat::idx:
      return read_idx(path, target);
    case FileFormat::libsvm:
      return read_libsvm(path, sparse);
    default:
      return read_npy(path, target, memory);
  }
}

Dataset read_training_array(const TrainConfig& config, bool numbers) {
  if (!config.features.empty() || !config.ignore.empty() || !config.sample_weight.empty()) {
    fail(ErrorKind::usage, "train",
         "--features, --ignore and --sample-weight name columns, but those of " + config.data.name() +
             " have no names, expected a .csv or .tsv file");
  }
  const std::string target = array_target(config.data, config.target, "train");
  if (target.empty() && !config.data.may_have_targets())
    fail(ErrorKind::usage, "train", "no --target, expected the file of the targets");
  LibsvmOptions sparse{.classes = config.classes};
  Dataset data = read_array(config.data, target, sparse, ArrayMemory::mapped);
  if (data.targets.rows == 0)
    fail(ErrorKind::usage, "train",
         config.data.name() + " has no array of targets with a usual name, expected --target ARRAY");
  if (config.data.type != FileFormat::libsvm || !config.classes.empty() || numbers) return data;
  sparse.classes = classes_of_labels(data);
  return sparse.classes.empty() ? data : read_array(config.data, target, sparse);
}

Dataset read_validation_array(const TrainConfig& config, const Dataset& training) {
  const LibsvmOptions sparse{.columns = training.features.columns, .classes = training.classes};
  Dataset held = read_array(config.validation_data, "", sparse);
  if (held.targets.rows == 0)
    fail(ErrorKind::usage, "train",
         config.validation_file + " has no array of targets with a usual name, expected one called y");
  return held;
}

}  // namespace millrace::cli
