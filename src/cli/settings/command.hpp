// SPDX-License-Identifier: Apache-2.0
//
// A command: its flags, its help text and the function that runs it. A command is one file in commands/ and one
// row in commands/table.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.hpp"
#include "cli/settings/settings.hpp"
#include "millrace/catalogue.hpp"

namespace millrace::cli {

/// --name VALUE on the command line, and the key `name` of a configuration file.
struct Flag {
  std::string name;   ///< "learning-rate"
  std::string value;  ///< the value in help texts: "FILE", "last|stratified"; empty: a switch
  std::string group;  ///< the heading in help texts
  std::string help;
  std::string key = name;                         ///< the setting it fills: "optimizer.learning_rate"
  std::vector<std::string_view> operations = {};  ///< where the value names operations: the known ones
  std::vector<OperationOption> options = {};      ///< --name.OPTION: options of the operations, or of the switch
};

/// The value in help texts of a flag that takes one of these words.
[[nodiscard]] inline std::string one_of(std::span<const std::string_view> words) { return join(words, "|"); }

/// What two settings of a command have to do with each other. A setting is written as the name of a flag, "resume", or as
/// a flag with some of its values, "out=-" or "split=last|time".
struct FlagRule {
  enum class Relation : std::uint8_t {
    excludes,  ///< none of the others may be given
    needs      ///< one of the others must be given
  };
  std::string flag;
  Relation relation = Relation::excludes;
  std::string_view others;  ///< one or more, separated by commas
  std::string_view reason;  ///< follows the flags in the message: "both write to stdout", "says how to resume a run"
};

/// A part of a help text: a paragraph, then a list of names with their explanations.
struct HelpSection {
  struct Entry {
    std::string name, text;
    std::string options{};  ///< "units=0, activation=linear"
  };
  std::string title{}, text{};
  std::vector<Entry> entries{};
};

struct Command {
  std::string_view name, summary;
  std::string_view argument;  ///< the word that is no flag: "MODEL.onnx"; "DIR..." for one or more; empty: none
  std::vector<Flag> flags;
  std::vector<HelpSection> (*notes)();     ///< the end of the help text
  void (*run)(const Settings& settings);   ///< throws Error
  std::vector<std::string_view> tables{};  ///< keys of a configuration file without a flag: [inputs.wide]
  std::vector<FlagRule> rules{};           ///< flags that contradict each other, or need another one

  [[nodiscard]] bool takes_several() const { return argument.ends_with("..."); }
  /// The flag of this name, or null.
  [[nodiscard]] const Flag* find_flag(std::string_view flag) const;
};

}  // namespace millrace::cli
