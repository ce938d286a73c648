// SPDX-License-Identifier: Apache-2.0
//
// Usage (an operation declares its options once; command line, TOML, checkpoints and messages are derived from it):
//   struct Adam {
//     static constexpr std::string_view op = "adam";
//     double learning_rate = 1e-3;
//     static constexpr auto fields() { return std::tuple{field("learning_rate", &Adam::learning_rate, "step size",
//     positive)}; }
//   };
//   OpConfig config = Adam{.learning_rate = 0.01};        // typed to plain
//   Adam adam = options_from<Adam>(config);               // plain to typed, checked
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

namespace millrace {

/// Whose defaults and formulas hold where libraries differ. The default is Keras's. Options that are not given take its
/// defaults; typed options give all of them: elsewhere begin with Adam::defaults(Semantics::torch).
enum class Semantics { keras, torch, sklearn };

using OptionValue = std::variant<bool, std::int64_t, double, std::string>;

/// The range a numeric option must lie in; of a text, whether it names an operation with options of its own.
enum class Range {
  any,
  positive,
  not_negative,
  fraction /* [0, 1) */,
  probability /* [0, 1] */,
  by_name /* "leaky_relu:0.1" */
};
inline constexpr Range any = Range::any, positive = Range::positive, not_negative = Range::not_negative,
                       fraction = Range::fraction, probability = Range::probability, by_name = Range::by_name;

/// One option of an operation: its name as users write it, where it lives, one line of help, its range.
template <class Options, class Value>
struct Field {
  std::string_view name;
  Value Options::*member;
  std::string_view help;
  Range range;
};

template <class Options, class Value>
constexpr Field<Options, Value> field(std::string_view name, Value Options::*member, std::string_view help,
                                      Range range = any) {
  return {name, member, help, range};
}

/// A struct that names its operation and lists its fields.
template <class T>
concept OptionStruct = requires {
  { T::op } -> std::convertible_to<std::string_view>;
  T::fields();
};

/// An operation by name with the options that were given for it: what files and command lines hold.
struct OpConfig {
  std::string op;
  std::map<std::string, OptionValue> options;

  OpConfig() = default;
  OpConfig(std::string name) : op(std::move(name)) {}  // NOLINT: "adam" is an OpConfig
  OpConfig(const char* name) : op(name) {}             // NOLINT
  template <OptionStruct T>
  OpConfig(const T& typed) : op(T::op) {  // NOLINT: typed options are an OpConfig
    std::apply([&](auto... f) { (options.emplace(std::string(f.name), OptionValue(typed.*f.member)), ...); },
               T::fields());
  }
  friend bool operator==(const OpConfig&, const OpConfig&) = default;
};

namespace detail {
/// Throws Error{usage}: "[op] no option 'x', known: a, b; nearest: a".
[[noreturn]] void unknown_option(std::string_view op, std::string_view name,
                                 const std::vector<std::string_view>& known);
/// Converts `given` to the type `slot` holds and checks its range; throws Error{usage} naming op and option.
void assign_option(std::string_view op, std::string_view name, Range range, const OptionValue& given,
                   OptionValue& slot);
}  // namespace detail

/// Typed options of `config`: T's defaults (those of `semantics` where T has others), overwritten by what was given.
/// Throws Error{usage} for an unknown option, a wrong type or a value out of range.
template <OptionStruct T>
[[nodiscard]] T options_from(const OpConfig& config, Semantics semantics = Semantics::keras) {
  T typed{};
  if constexpr (requires { T::defaults(semantics); }) typed = T::defaults(semantics);
  std::vector<std::string_view> known;
  std::apply([&](auto... f) { (known.push_back(f.name), ...); }, T::fields());
  for (const auto& option : config.options) {  // clang 14 lets no lambda capture a structured binding
    bool found = false;
    auto take = [&](auto f) {
      if (f.name != option.first) return;
      OptionValue slot = typed.*f.member;
      detail::assign_option(T::op, f.name, f.range, option.second, slot);
      typed.*f.member = std::get<std::remove_cvref_t<decltype(typed.*f.member)>>(slot);
      found = true;
    };
    std::apply([&](auto... f) { (take(f), ...); }, T::fields());
    if (!found) detail::unknown_option(T::op, option.first, known);
  }
  return typed;
}

}  // namespace millrace
