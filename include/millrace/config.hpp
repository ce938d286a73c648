// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   LossConfig loss = Huber{.delta = 2};       // typed options
//   LossConfig same = "huber:delta=2";         // or text, as the command line has it
//   LossConfig wrong = Adam{};                 // does not compile: an optimizer was given where a loss is expected
//
// An operation that somebody chose: its name and the options that were given for it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "millrace/options.hpp"

namespace millrace {

namespace detail {
inline OptionValue option_value(const Extents& extents) {
  if (extents.height == extents.width) return std::vector<std::int64_t>{extents.height};
  return std::vector<std::int64_t>{extents.height, extents.width};
}
template <class T>
OptionValue option_value(const T& member) {
  return member;
}
template <class T>
OptionValue option_value(const std::optional<T>& member) {
  return member ? option_value(*member) : OptionValue();
}
}  // namespace detail

/// An operation of any kind, as files have it.
struct OpConfig {
  std::string op;
  std::map<std::string, OptionValue> options;

  OpConfig() = default;
  OpConfig(std::string name) : op(std::move(name)) {}  // NOLINT: "adam" is an OpConfig
  OpConfig(const char* name) : op(name) {}             // NOLINT
  template <OptionStruct T>
  OpConfig(const T& typed) : op(T::op) {  // NOLINT: typed options are an OpConfig
    std::apply([&](auto... f) { (options.emplace(std::string(f.name), detail::option_value(typed.*f.member)), ...); },
               T::fields());
  }
  friend bool operator==(const OpConfig&, const OpConfig&) = default;
};

namespace detail {
/// Stops the compiler, with a message for people, unless both are the same.
template <OperationKind Given, OperationKind Expected>
constexpr void expect_kind() {
  if constexpr (Given != Expected) {
#define MILLRACE_EXPECTED(kind, text)                                                                      \
  if constexpr (Expected == OperationKind::kind) {                                                         \
    static_assert(Given != OperationKind::layer, "a layer was given where " text " is expected");          \
    static_assert(Given != OperationKind::loss, "a loss was given where " text " is expected");            \
    static_assert(Given != OperationKind::optimizer, "an optimizer was given where " text " is expected"); \
    static_assert(Given != OperationKind::schedule, "a schedule was given where " text " is expected");    \
    static_assert(Given != OperationKind::metric, "a metric was given where " text " is expected");        \
    static_assert(Given != OperationKind::callback, "a callback was given where " text " is expected");    \
  }
    MILLRACE_EXPECTED(layer, "a layer")
    MILLRACE_EXPECTED(loss, "a loss")
    MILLRACE_EXPECTED(optimizer, "an optimizer")
    MILLRACE_EXPECTED(schedule, "a schedule")
    MILLRACE_EXPECTED(metric, "a metric")
    MILLRACE_EXPECTED(callback, "a callback")
#undef MILLRACE_EXPECTED
  }
}
}  // namespace detail

/// An operation of one kind: typed options of that kind, or text. Text names an operation and may give its options,
/// "sgd:momentum=0.9"; it is read, and a wrong one refused, where it is used.
template <OperationKind Kind>
struct KindConfig : OpConfig {
  KindConfig() = default;
  KindConfig(std::string text) : OpConfig(std::move(text)) {}  // NOLINT: "adam" is an OptimizerConfig
  KindConfig(const char* text) : OpConfig(text) {}             // NOLINT
  template <OptionStruct T>
  KindConfig(const T& typed) : OpConfig(typed) {  // NOLINT: typed options are a configuration
    detail::expect_kind<decltype(T::op)::kind, Kind>();
  }
  /// From a file, which does not know kinds.
  explicit KindConfig(OpConfig config) : OpConfig(std::move(config)) {}
};
using LayerConfig = KindConfig<OperationKind::layer>;
using LossConfig = KindConfig<OperationKind::loss>;
using OptimizerConfig = KindConfig<OperationKind::optimizer>;
using ScheduleConfig = KindConfig<OperationKind::schedule>;
using MetricConfig = KindConfig<OperationKind::metric>;
using CallbackConfig = KindConfig<OperationKind::callback>;

namespace detail {
/// Throws Error{usage}: "[op] unknown option 'x', did you mean 'a'? known: a, b".
[[noreturn]] void unknown_option(std::string_view op, std::string_view name,
                                 const std::vector<std::string_view>& known);

struct OptionSite {
  std::string_view op, name;
  Range range = Range::any;
  bool optional = false;  ///< the message says that "none" may be given too
};
/// Converts `given`, which may be text, to the type of `member`. Throws Error{usage} naming operation and option for
/// a value of another type or out of range.
void read_option(const OptionSite& site, const OptionValue& given, bool& member);
void read_option(const OptionSite& site, const OptionValue& given, std::int64_t& member);
void read_option(const OptionSite& site, const OptionValue& given, double& member);
void read_option(const OptionSite& site, const OptionValue& given, std::string& member);
void read_option(const OptionSite& site, const OptionValue& given, Extents& member);
void read_option(const OptionSite& site, const OptionValue& given, std::vector<std::int64_t>& member);
void read_option(const OptionSite& site, const OptionValue& given, std::vector<double>& member);
/// Whether `given` is "none", or empty, or the 0 or -1 out of range that stood for it up to version 0.1.
[[nodiscard]] bool is_none(const OptionValue& given, Range range);
template <class T>
void read_option(OptionSite site, const OptionValue& given, std::optional<T>& member) {
  member.reset();
  if (is_none(given, site.range)) return;
  site.optional = true;
  read_option(site, given, member.emplace());
}
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
      detail::read_option({T::op, f.name, f.range}, option.second, typed.*f.member);
      found = true;
    };
    std::apply([&](auto... f) { (take(f), ...); }, T::fields());
    if (!found) detail::unknown_option(T::op, option.first, known);
  }
  return typed;
}

}  // namespace millrace
