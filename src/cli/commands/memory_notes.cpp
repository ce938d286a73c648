// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/memory_notes.hpp"

#include <cmath>
#include <filesystem>

#include "base/converted_file.hpp"
#include "base/text.hpp"

namespace millrace::cli {

namespace {

std::string in_mebibytes(double bytes) { return number_text(std::ceil(bytes / 0x1p20)) + "MiB"; }

}  // namespace

std::vector<std::string> memory_notes(double limit, std::int64_t asked, const std::vector<std::string>& files,
                                      bool as_text) {
  const std::string group = "the " + in_mebibytes(limit) +
                            " that the control group of this process allows; beyond them the system ends the program "
                            "without a message";
  if (static_cast<double>(asked) > limit)
    return {"--memory is " + in_mebibytes(static_cast<double>(asked)) + ", more than " + group};
  double bytes = 0;
  for (const std::string& name : files) {
    const std::string file = converted_file(name);
    std::error_code error;
    const std::uintmax_t size =
        std::filesystem::is_regular_file(file, error) ? std::filesystem::file_size(file, error) : 0;
    if (!error) bytes += static_cast<double>(size);
  }
  // A number has about 10 bytes as text, and 4 in memory.
  if (asked > 0 || !(bytes * (as_text ? 0.4 : 1.0) > limit)) return {};
  return {"the data have " + in_mebibytes(bytes) + ", which may take more than " + group + ": --memory " +
          in_mebibytes(limit * 0.8) + " leaves the rows in a file"};
}

}  // namespace millrace::cli
