// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/output_folder.hpp"

#include <unistd.h>

#include <filesystem>

#include "base/atomic_file.hpp"
#include "millrace/error.hpp"

namespace millrace::cli {

namespace fs = std::filesystem;

OutputFolder::OutputFolder(const std::string& path) : path_(path) {
  std::error_code code;
  // "a/b/" is a/b
  fs::path folder = fs::path(path).has_filename() ? fs::path(path) : fs::path(path).parent_path();
  for (fs::path missing = folder; !missing.empty() && !fs::exists(missing, code); missing = missing.parent_path())
    created_.push_back(missing.string());
  try {
    fs::create_directories(folder, code);
    if (code)
      fail(kind_of_write_error(code.value()), "train",
           "the output folder '" + path + "' cannot be created: " + code.message() +
               ", expected a place where you may write");
    const AtomicFile trial(file("model.onnx"));
  } catch (...) {
    remove_created();
    throw;
  }
}

OutputFolder::~OutputFolder() { remove_created(); }

std::string OutputFolder::file(const std::string& name) const { return (fs::path(path_) / name).string(); }

void OutputFolder::remove_created() noexcept {
  // rmdir leaves folders with files in them alone.
  for (const std::string& folder : created_) static_cast<void>(::rmdir(folder.c_str()));
}

namespace {

// The earliest of all where there is none.
fs::file_time_type time_of(const std::string& path) noexcept {
  std::error_code code;
  return fs::last_write_time(path, code);
}

}  // namespace

EarlierRun::EarlierRun(const OutputFolder& folder, const std::string& checkpoint,
                       const std::vector<std::string>& products)
    : checkpoint_(folder.file(checkpoint)), checkpoint_time_(time_of(checkpoint_)) {
  for (const std::string& name : products) products_.emplace(folder.file(name), time_of(folder.file(name)));
}

void EarlierRun::remove_outdated() noexcept {
  if (products_.empty() || time_of(checkpoint_) == checkpoint_time_) return;
  for (const auto& [path, time] : products_) {
    std::error_code code;
    if (time_of(path) == time) fs::remove(path, code);
  }
  products_.clear();
}

}  // namespace millrace::cli
