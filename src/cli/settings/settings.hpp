// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const std::int64_t batch = settings.integer("batch", 32, 1);
//
// The values that the user has set, by key, from flags or from a configuration file. Every value knows its place in the
// file, for messages.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fail.hpp"
#include "millrace/config.hpp"

namespace millrace::cli {

struct Command;

/// An entry of an array in a configuration file, or a named table below a key. A text is an operation without options.
struct Entry {
  std::string place;
  OpConfig op;
  std::string name{};                ///< of a layer
  std::vector<std::string> takes{};  ///< a layer's inputs, an input's columns
};

struct Setting {
  std::string who;                           ///< "train", or the configuration file
  std::string place;                         ///< "line 3, column 9" of the file; empty for a flag
  std::string name;                          ///< as the user wrote it: "--batch", "batch"
  OptionValue value;                         ///< always text if it comes from a flag
  std::optional<std::vector<Entry>> list{};  ///< for an array, instead of the value

  /// Throws Error{usage}: "[run.toml] line 3, column 9: batch is 0, expected ...".
  [[noreturn]] void refuse(const std::string& expected) const;
  /// Throws Error{usage}: "[train] --split: <text>".
  [[noreturn]] void fail_with(const std::string& text) const;

  /// Calls check(), and adds the place in the file to the message of an Error.
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
  std::string argument;                ///< the word that is no flag; of several ones the last
  std::vector<std::string> arguments;  ///< all of them
  std::string who;                     ///< the command, for messages
  std::string command_line;            ///< all words, quoted for a shell
  std::vector<std::string> notes;      ///< what the user should know about these words

  /// The last value of a key counts.
  void set(const std::string& key, Setting setting) { values_.insert_or_assign(key, std::move(setting)); }
  [[nodiscard]] const Setting* find(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
  [[nodiscard]] const std::map<std::string, Setting, std::less<>>& all() const { return values_; }
  /// The settings optimizer.<option> by option, for "optimizer".
  [[nodiscard]] std::map<std::string, const Setting*> options_of(std::string_view op) const;

  /// These settings of flags merged with those of a configuration file; flags win. Where a flag names another operation
  /// than the file, the options that the file gives its operation are dropped.
  [[nodiscard]] Settings over(const Settings& file, const Command& command) const;

  // The value of a key, or the fallback if it is not set. All throw Error{usage} for a value of another kind.
  [[nodiscard]] std::string text(std::string_view key, const std::string& fallback = "") const;
  /// Throws Error{usage} if the key is not set. expected: "a .csv file".
  [[nodiscard]] std::string required_text(std::string_view key, const std::string& expected) const;
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t least,
                                     std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;
  [[nodiscard]] std::uint64_t seed(std::string_view key) const;                ///< 0 if it is not set
  [[nodiscard]] double fraction(std::string_view key, double fallback) const;  ///< in [0, 1)
  [[nodiscard]] double number(std::string_view key, double fallback) const;    ///< finite
  [[nodiscard]] bool boolean(std::string_view key, bool fallback) const;
  [[nodiscard]] std::vector<std::string> names(std::string_view key) const;  ///< an array, or a line of CSV
  /// The index of the value in `known`; 0 if it is not set.
  [[nodiscard]] std::size_t choice(std::string_view key, std::span<const std::string_view> known) const;
  /// The value, one of `known`; the first one if it is not set.
  [[nodiscard]] std::string word(std::string_view key, std::span<const std::string_view> known) const;
  /// "auto" (0) or 1 to 1024.
  [[nodiscard]] int threads() const;

 private:
  std::map<std::string, Setting, std::less<>> values_;
};

}  // namespace millrace::cli
