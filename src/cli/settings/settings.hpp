// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const std::int64_t batch = settings.integer("batch", 32, 1);
//
// What the user asked for, by key, whether it came from a flag or from a configuration file. Every value remembers
// where it stood, so that messages can say it.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/config.hpp"
#include "millrace/error.hpp"

namespace millrace::cli {

/// An entry of an array in a file, or a named table below a key. A text is an operation without options.
struct Entry {
  std::string place;
  OpConfig op;
  std::string name{};                ///< of a layer
  std::vector<std::string> takes{};  ///< a layer's inputs, an input's columns
};

struct Setting {
  std::string who;                           ///< "train", or the configuration file
  std::string place;                         ///< "line 3, column 9" of the file; empty for a flag
  std::string name;                          ///< as it was written: "--batch", "batch"
  OptionValue value;                         ///< text from a flag
  std::optional<std::vector<Entry>> list{};  ///< instead of the value, where it is an array

  /// Throws Error{usage}: "[run.toml] line 3, column 9: batch is 0, expected ...".
  [[noreturn]] void refuse(const std::string& expected) const;
  /// The same with words of one's own after the place and the name: "[train] --split: ...".
  [[noreturn]] void fail_with(const std::string& text) const;

  /// Calls check(). What it throws is told with the place in the file.
  template <class Check>
  auto located(const Check& check) const {
    try {
      return check();
    } catch (const Error& error) {
      if (place.empty()) throw;
      fail(error.kind(), who, place + ": " + error.what());
    }
  }
};

class Settings {
 public:
  std::string argument;  ///< the word that is no flag
  std::string who;       ///< the command, for messages

  /// Of a key that is set twice the last holds.
  void set(const std::string& key, Setting setting) { values_.insert_or_assign(key, std::move(setting)); }
  [[nodiscard]] const Setting* find(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
  /// "optimizer": what was set as optimizer.<option>, by option.
  [[nodiscard]] std::map<std::string, const Setting*> options_of(std::string_view op) const;

  /// These flags over what the file says. The options that a file gives an operation go when a flag names another one.
  [[nodiscard]] Settings over(const Settings& file, const std::vector<std::string_view>& ops) const;

  // One key each, or the fallback where it is not set. All throw Error{usage} for a value that does not fit.
  [[nodiscard]] std::string text(std::string_view key, const std::string& fallback = "") const;
  /// The same, but it has to be there. what: "a .csv file".
  [[nodiscard]] std::string required_text(std::string_view key, const std::string& what) const;
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t least,
                                     std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;
  [[nodiscard]] std::uint64_t seed(std::string_view key) const;                ///< 0 where it is not set
  [[nodiscard]] double fraction(std::string_view key, double fallback) const;  ///< in [0, 1)
  [[nodiscard]] bool boolean(std::string_view key, bool fallback) const;
  [[nodiscard]] std::vector<std::string> names(std::string_view key) const;  ///< an array, or a line of CSV
  /// Which of `known` it is; the first where it is not set.
  [[nodiscard]] std::size_t choice(std::string_view key, const std::vector<std::string_view>& known) const;
  /// "auto" (0) or 1 to 1024.
  [[nodiscard]] int threads() const;

 private:
  std::map<std::string, Setting, std::less<>> values_;
};

}  // namespace millrace::cli
