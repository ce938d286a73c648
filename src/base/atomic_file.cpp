// SPDX-License-Identifier: Apache-2.0
#include "base/atomic_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/fail.hpp"
#include "base/file_calls.hpp"
#include "base/system_error.hpp"

namespace millrace {

namespace {

namespace fs = std::filesystem;
using detail::file_calls;

std::string expected_of_folder(int code) {
  switch (code) {
    case ENOENT:
    case ENOTDIR:
      return "a folder that exists: create it first";
    case EACCES:
    case EPERM:
    case EROFS:
      return "a folder you may write to";
    case ENAMETOOLONG:
      return "a shorter name";
    default:
      return "a folder that takes files";
  }
}

std::string temporary_prefix(const fs::path& target) {
  const std::string name = target.filename().string();
  return "." + name + ".millrace-part-";
}

// A writer locks its temporary file for as long as it lives, however it ends, so a file without a lock is a leftover. A
// process id in the name would not tell: two containers on one volume may have the same.
void remove_leftovers(const fs::path& target) {
  const std::string prefix = temporary_prefix(target);
  std::error_code code;
  fs::directory_iterator entry(target.parent_path(), code);
  for (; !code && entry != fs::directory_iterator(); entry.increment(code)) {
    if (!entry->path().filename().string().starts_with(prefix)) continue;
    const int descriptor = ::open(entry->path().c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) continue;
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) ::unlink(entry->path().c_str());
    ::close(descriptor);
  }
}

// Whether a link is one of the system's to a file that a process has open, as /dev/stdout is: a rename would replace that
// file, and whoever has it open would go on writing to the old one.
bool is_link_to_stream(const fs::path& link) {
  std::error_code code;
  const std::string folder = fs::canonical(link.parent_path(), code).string();
  return folder.starts_with("/proc/") && folder.ends_with("/fd");
}

// The file that a chain of symbolic links leads to, which need not exist yet: a rename onto a link would replace it.
fs::path behind_links(fs::path path, std::error_code& code) {
  constexpr int most_links = 40;  // as many as Linux follows
  for (int links = 0; fs::is_symlink(path, code); ++links) {
    if (links == most_links) {
      code = std::make_error_code(std::errc::too_many_symbolic_link_levels);
      break;
    }
    if (is_link_to_stream(path))
      fail(ErrorKind::usage, "file",
           "cannot write '" + path.string() +
               "': it is a stream that is open already, expected the name of a file, or - for stdout");
    const fs::path next = fs::read_symlink(path, code);
    if (code) break;
    path.replace_filename(next);  // which is relative to the link's folder, or absolute
  }
  return path;
}

// Gives the new file the group and the permissions of the one that it replaces. What its group may do is meant for that
// group: where the system refuses it, another one gets no more than anybody.
void keep_access(int descriptor, const struct stat& before) {
  mode_t mode = before.st_mode & 07777;
  struct stat now {};
  const bool same = ::fstat(descriptor, &now) == 0 && now.st_gid == before.st_gid;
  // Ahead of the permissions, of which a change of the group takes some away.
  if (!same && ::fchown(descriptor, static_cast<uid_t>(-1), before.st_gid) != 0)
    mode = (mode & ~static_cast<mode_t>(S_IRWXG | S_ISGID)) | (mode & S_IRWXO) << 3;
  ::fchmod(descriptor, mode);
}

// A signal handler can neither lock nor allocate. If more files are written at once than there are places, a signal leaves
// the rest to the next writer of the same path.
std::array<std::atomic<const char*>, 16> temporary_files{};
static_assert(std::atomic<const char*>::is_always_lock_free, "a signal handler may use no other atomics");

// Puts `to` in the first place that has `from`.
void replace_noted(const char* from, const char* to) {
  for (std::atomic<const char*>& place : temporary_files) {
    const char* expected = from;
    if (place.compare_exchange_strong(expected, to)) return;
  }
}

}  // namespace

void remove_temporary_files() noexcept {
  for (const std::atomic<const char*>& place : temporary_files)
    if (const char* const path = place.load(); path != nullptr) ::unlink(path);
}

ErrorKind kind_of_write_error(int code) {
  const bool bad_path = code == ENOENT || code == ENOTDIR || code == ENAMETOOLONG || code == ELOOP;
  return bad_path ? ErrorKind::usage : ErrorKind::environment;
}

// Delegates to the private constructor, so that the destructor runs if anything here throws.
AtomicFile::AtomicFile(const std::string& path) : AtomicFile() {
  if (path.empty()) fail(ErrorKind::usage, "file", "cannot write '': the path is empty, expected the name of a file");
  path_ = path;
  std::error_code code;
  fs::path target = fs::absolute(path, code);  // the process may change its folder before commit()
  if (!code) target = behind_links(std::move(target), code);
  if (code && code != std::errc::no_such_file_or_directory) give_up("finding its folder", code.value());
  target_ = target.string();

  struct stat before {};
  const bool exists = ::stat(path.c_str(), &before) == 0;
  // Renaming onto /dev/null would replace the device.
  if (target.filename().empty() || (exists && !S_ISREG(before.st_mode)))
    fail(ErrorKind::usage, "file",
         "cannot write '" + path + "': it is a folder or a device, expected the name of a file");

  remove_leftovers(target);
  // A file that only its owner may read stays so while it is replaced.
  constexpr mode_t usual = 0666, owners = 0600;
  while (!create_temporary(exists ? owners : usual)) continue;
  if (exists) keep_access(descriptor_, before);
}

AtomicFile::~AtomicFile() { remove_temporary(); }

// Returns false if another writer removed the new file as a leftover in the moment before it was locked.
bool AtomicFile::create_temporary(unsigned mode) {
  const auto time = std::chrono::system_clock::now().time_since_epoch().count();
  const fs::path target = target_;
  temporary_ =
      (target.parent_path() / (temporary_prefix(target) + std::to_string(::getpid()) + "-" + std::to_string(time)))
          .string();
  replace_noted(nullptr, temporary_.c_str());  // before the file is there: a signal may come at any moment
  do descriptor_ = file_calls.open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  while (descriptor_ < 0 && errno == EINTR);
  if (descriptor_ < 0) {
    const int code = errno;
    forget_temporary();  // not ours
    if (code == EEXIST) return false;
    give_up("creating a file", code);
  }
  // If the file system has no locks, no other writer can take the file for a leftover either.
  while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) continue;
  struct stat created {};
  if (::fstat(descriptor_, &created) == 0 && created.st_nlink > 0) return true;
  remove_temporary();
  return false;
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (const int code = detail::write_all(descriptor_, bytes); code != 0) give_up("writing", code);
}

void AtomicFile::commit() {
  while (file_calls.fsync(descriptor_) != 0)
    if (errno != EINTR) give_up("bringing it to the disk", errno);
  if (file_calls.rename(temporary_.c_str(), target_.c_str()) != 0) {
    // The folder existed when the temporary file was made.
    if (errno == ENOENT)
      fail(ErrorKind::environment, "file",
           "cannot write '" + path_ + "': its folder or the new file was removed meanwhile, expected them to stay");
    give_up("renaming", errno);
  }
  forget_temporary();
  close_descriptor();

  // Some folders may not be read, and some file systems cannot flush a folder: the name is then as safe as it gets.
  const int folder = file_calls.open(fs::path(target_).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (folder < 0) return;
  int code = 0;
  while (file_calls.fsync(folder) != 0 && (code = errno) == EINTR) code = 0;
  ::close(folder);
  if (code != 0 && code != EINVAL && code != ENOTSUP)
    fail(ErrorKind::environment, "file",
         "'" + path_ + "' is written, but a power failure may undo it: bringing its folder to the disk: " +
             system_text(code) + ", expected a disk without errors");
}

void AtomicFile::remove_temporary() noexcept {
  // Unlink while still locked, so that nobody else finds the file.
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  forget_temporary();
  close_descriptor();
}

void AtomicFile::forget_temporary() noexcept {
  replace_noted(temporary_.c_str(), nullptr);
  temporary_.clear();
}

void AtomicFile::close_descriptor() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

// Afterwards nothing can be written: a caller that ignores the error cannot commit half a file.
void AtomicFile::give_up(std::string_view doing, int code) {
  remove_temporary();
  fail(kind_of_write_error(code), "file",
       "cannot write '" + path_ + "': " + std::string(doing) + ": " + system_text(code) + ", expected " +
           expected_of(code, expected_of_folder(code)));
}

void write_file_atomically(const std::string& path, std::initializer_list<std::span<const std::byte>> parts) {
  AtomicFile file(path);
  for (const auto& part : parts) file.write(part);
  file.commit();
}

void write_file_atomically(const std::string& path, std::string_view text) {
  write_file_atomically(path, {std::as_bytes(std::span(text))});
}

}  // namespace millrace
