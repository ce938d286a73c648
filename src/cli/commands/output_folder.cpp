// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/output_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"

namespace millrace::cli {

namespace fs = std::filesystem;

namespace {

// The system would only say that it is not a folder, whichever part of the path it is.
void refuse_file(const fs::path& part, const std::string& path) {
  std::error_code code;
  if (!fs::exists(part, code) || fs::is_directory(part, code)) return;
  fail(ErrorKind::usage, "train",
       "the output folder '" + path + "' cannot be created: '" + part.string() +
           "' is a file, expected a folder or a path that does not exist");
}

// The system would not create the folder, because the link exists, and could not open it, because it leads nowhere.
void refuse_dangling_link(const fs::path& link, const std::string& path) {
  std::error_code code;
  if (!fs::is_symlink(link, code)) return;
  const std::string where = link == fs::path(path) ? "" : "'" + link.string() + "' is ";
  fail(ErrorKind::usage, "train",
       "the output folder '" + path + "' cannot be created: " + where + "a link to '" +
           fs::read_symlink(link, code).string() +
           "', which is not there, expected a link to a folder: create that folder, or remove the link");
}

}  // namespace

OutputFolder::OutputFolder(const std::string& path) : path_(path) {
  std::error_code code;
  // "a/b/" is a/b
  fs::path folder = fs::path(path).has_filename() ? fs::path(path) : fs::path(path).parent_path();
  fs::path part = folder;
  for (; !part.empty() && !fs::exists(part, code); part = part.parent_path()) {
    refuse_dangling_link(part, path);
    created_.push_back(part.string());
  }
  refuse_file(part, path);
  try {
    fs::create_directories(folder, code);
    if (code)
      fail(kind_of_write_error(code.value()), "train",
           "the output folder '" + path + "' cannot be created: " + code.message() +
               ", expected a place where you may write");
    lock();
    const AtomicFile trial(file("model.onnx"));
  } catch (...) {
    leave();
    throw;
  }
}

OutputFolder::~OutputFolder() { leave(); }

// The lock is on the folder itself: a file for it would stay behind after a crash.
void OutputFolder::require_in_place() const {
  struct stat now {
  }, then{};
  if (descriptor_ == -1 || ::fstat(descriptor_, &then) != 0) return;
  if (::stat(path_.empty() ? "." : path_.c_str(), &now) == 0 && now.st_dev == then.st_dev && now.st_ino == then.st_ino)
    return;
  fail(ErrorKind::environment, "train",
       "the output folder '" + path_ + "' was removed or moved while the run went on, expected it to stay");
}

void OutputFolder::lock() {
  const std::string folder = path_.empty() ? "." : path_;
  do descriptor_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (descriptor_ < 0 && errno == EINTR);
  if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  fail(ErrorKind::usage, "train",
       "another process trains into '" + path_ + "', expected a folder of its own for each run, or that run to end");
}

std::string OutputFolder::file(const std::string& name) const { return (fs::path(path_) / name).string(); }

bool OutputFolder::holds(const std::string& name) const {
  std::error_code code;
  const std::uintmax_t size = fs::file_size(file(name), code);
  return !code && size > 0;
}

void OutputFolder::leave() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  // rmdir fails for folders with files in them.
  for (const std::string& folder : created_) static_cast<void>(::rmdir(folder.c_str()));
}

SeenFile::SeenFile(fs::path path) : path_(std::move(path)), state_(state_of(path_.c_str())) {
  do descriptor_ = ::open(path_.c_str(), O_PATH | O_CLOEXEC);
  while (descriptor_ < 0 && errno == EINTR);
}

// From here on without allocations: the destructor may run because there is no memory left.

bool SeenFile::replaced() noexcept {
  if (replaced_) return true;
  const FileState now = state_of(path_.c_str());
  replaced_ = now.inode != 0 && now != state_;
  if (replaced_) release();
  return replaced_;
}

void SeenFile::release() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

namespace {

// The permissions of a new file.
mode_t usual_mode() noexcept {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

// The group of a new file: that of the folder, if it hands it on.
gid_t usual_group(const struct stat& folder) noexcept {
  return (folder.st_mode & S_ISGID) != 0 ? folder.st_gid : ::getegid();
}

bool is_plain(const fs::path& path, const struct stat& folder) noexcept {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 07777) == usual_mode() &&
         status.st_gid == usual_group(folder);
}

}  // namespace

EarlierRun::EarlierRun(const OutputFolder& folder, SeenFile& checkpoint, const std::vector<std::string>& products)
    : checkpoint_(checkpoint) {
  struct stat of_folder {};
  const fs::path parent = fs::path(folder.file("any")).parent_path();
  static_cast<void>(::stat(parent.empty() ? "." : parent.c_str(), &of_folder));
  for (const std::string& name : products) {
    const fs::path path = folder.file(name);
    products_.push_back({path, state_of(path.c_str()), is_plain(path, of_folder)});
  }
}

void EarlierRun::discard_outdated() noexcept {
  if (products_.empty() || !checkpoint_.replaced()) return;
  for (const Product& product : products_) {
    if (state_of(product.path.c_str()) != product.state) continue;
    std::error_code left_as_it_is;
    if (product.plain)
      fs::remove(product.path, left_as_it_is);
    else
      fs::resize_file(product.path, 0, left_as_it_is);
  }
  products_.clear();
}

}  // namespace millrace::cli
