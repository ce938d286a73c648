// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const Harness harnesses[] = {{"csv", fuzz_csv, change_word}};      // a row of table.cpp
//
// A reader under libFuzzer: it gets any bytes, and either gives something that fits together or throws a millrace::Error.
// Everything else is a finding: another exception, a crash, what the sanitizers report, a check that fails.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace millrace::fuzz {

struct Harness {
  std::string_view name;  ///< also the folder of its corpus
  void (*run)(std::string_view bytes);
  /// Changes an input where a change of some bytes would leave nothing that a reader accepts. The draw decides; false if
  /// the input has nothing to change.
  bool (*change)(std::string& bytes, unsigned draw);
};

/// Every harness, in tests/fuzz/table.cpp.
[[nodiscard]] std::span<const Harness> harnesses();

/// The harness of that name, or null.
[[nodiscard]] const Harness* find_harness(std::string_view name);

/// Runs a harness on an input; errors of kind data and usage are what it may throw.
void run(const Harness& harness, std::string_view bytes);

/// Ends the process with the sentence if the condition does not hold: libFuzzer keeps the input.
void require(bool condition, std::string_view sentence);

/// A file with these bytes, which the next call overwrites. Readers take paths.
[[nodiscard]] const std::string& file_of(std::string_view bytes, std::string_view ending);

}  // namespace millrace::fuzz
