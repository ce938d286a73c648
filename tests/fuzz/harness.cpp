// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "fuzz/harness.hpp"
#include "millrace/error.hpp"

namespace millrace::fuzz {

namespace {

[[noreturn]] void end_with(std::string_view sentence) {
  std::fprintf(stderr, "fuzz: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
  std::abort();
}

}  // namespace

void require(bool condition, std::string_view sentence) {
  if (!condition) end_with(sentence);
}

// In memory, where writing takes no disk.
const std::string& file_of(std::string_view bytes, std::string_view ending) {
  static std::map<std::string, std::string, std::less<>> paths;
  static const std::string folder = [] {
    std::string name = "/dev/shm/millrace-fuzz-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) end_with("no folder in /dev/shm, expected one");
    return name;
  }();
  auto found = paths.find(ending);
  if (found == paths.end()) found = paths.emplace(std::string(ending), folder + "/x" + std::string(ending)).first;
  const std::string& path = found->second;
  ::unlink(path.c_str());  // a mapping of the file before stays whole
  const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0 || ::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    end_with("no file in /dev/shm, expected one");
  ::close(file);
  return path;
}

const Harness* find_harness(std::string_view name) {
  for (const Harness& harness : harnesses()) {
    if (harness.name == name) return &harness;
  }
  return nullptr;
}

void run(const Harness& harness, std::string_view bytes) {
  try {
    harness.run(bytes);
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::data || error.kind() == ErrorKind::usage, error.what());
  }
}

}  // namespace millrace::fuzz
