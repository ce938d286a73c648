// SPDX-License-Identifier: Apache-2.0
//
// Operations as users write them: "name", "name:value", "name:key=value", several parts joined by ':'. Values without a
// key fill the options in the order of their declaration: "dropout:0.2", "25:sigmoid" (a dense layer). Values after an
// option that names an operation belong to that operation, and so do keys that only it has: in
// "25:leaky_relu:0.1:use_bias=false" and "25:leaky_relu:alpha=0.1" the slope is leaky_relu's. Blanks around names and
// values mean nothing.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "millrace/config.hpp"
#include "ops/foreign_words.hpp"

namespace millrace {

struct OptionInfo {
  std::string_view name;
  OptionValue fallback;  ///< the default
  std::string_view help;
  Range range = Range::any;
  Semantics semantics = Semantics::keras;  ///< those of `fallback`
  std::string_view type;                   ///< "number", "whole number or none"
  OptionValue (*read)(const detail::OptionSite& site, const OptionValue& given);

  /// `given`, which may be text, as the option's type has it. The text of an activation or an initializer becomes the
  /// shortest one that means the same: of " swish" silu, of "leaky_relu:0.1" leaky_relu:alpha=0.1. Throws Error{usage}
  /// for another type or range and for an unknown name.
  [[nodiscard]] OptionValue converted(std::string_view op, const OptionValue& given) const;
};

/// Whether an option is the text of an operation with options of its own.
[[nodiscard]] constexpr bool names_operation(Range range) {
  return range == Range::names_activation || range == Range::names_initializer || range == Range::names_scaler;
}

namespace detail {
template <class T>
constexpr std::string_view type_name(Range range) {
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  if constexpr (std::is_same_v<T, std::int64_t>) return "whole number";
  if constexpr (std::is_same_v<T, double>) return "number";
  if constexpr (std::is_same_v<T, std::string>) return names_operation(range) ? "name" : "text";
  if constexpr (std::is_same_v<T, Extents>) return "one or two whole numbers";
  if constexpr (std::is_same_v<T, std::vector<std::int64_t>>) return "whole numbers";
  if constexpr (std::is_same_v<T, std::vector<double>>) return "numbers";
  if constexpr (std::is_same_v<T, std::optional<std::int64_t>>) return "whole number or none";
  if constexpr (std::is_same_v<T, std::optional<double>>) return "number or none";
  if constexpr (std::is_same_v<T, std::optional<Extents>>) return "one or two whole numbers, or none";
}
template <class T>
OptionValue read_value(const OptionSite& site, const OptionValue& given) {
  T value{};
  read_option(site, given, value);
  return option_value(value);
}
}  // namespace detail

/// Base of the options of an operation that has none.
struct NoOptions {
  static constexpr auto fields() { return std::tuple{}; }
};

template <class Options, class Value>
[[nodiscard]] OptionInfo describe_option(const Field<Options, Value>& field, const auto& defaults,
                                         Semantics semantics) {
  return {.name = field.name,
          .fallback = detail::option_value(defaults.*field.member),
          .help = field.help,
          .range = field.range,
          .semantics = semantics,
          .type = detail::type_name<Value>(field.range),
          .read = &detail::read_value<Value>};
}

/// The options that T declares, in order, with the defaults of `semantics`.
template <OptionStruct T>
[[nodiscard]] std::vector<OptionInfo> describe_options(Semantics semantics) {
  T defaults{};
  if constexpr (requires { T::defaults(semantics); }) defaults = T::defaults(semantics);
  std::vector<OptionInfo> options;
  std::apply([&](auto... f) { (options.push_back(describe_option(f, defaults, semantics)), ...); }, T::fields());
  return options;
}

/// The row of an operation table with this name or alias; throws Error{usage} listing the names and the nearest, or what
/// another program's name is here.
template <class Table>
[[nodiscard]] const auto& find_row(const Table& table, std::string_view what, std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto& row : table) {
    if (row.name == name) return row;
    if constexpr (requires { row.aliases; }) {
      for (const std::string_view alias : row.aliases) {
        if (alias == name) return row;
        if (same_letters(alias, name)) known.push_back(alias);
      }
    }
    known.push_back(row.name);
  }
  fail(ErrorKind::usage, what, unknown_operation(what, name, known));
}

/// Reads `text`; `options_of(name)` lists the options of an operation in order and throws for an unknown name.
/// Values stay text: options_from() converts them. Throws Error{usage} for too many values or a repeated option.
[[nodiscard]] OpConfig parse_op(std::string_view text,
                                const std::function<std::vector<OptionInfo>(std::string_view name)>& options_of);

/// Reads `text` for a table whose rows row_of(name) finds. An alias becomes the name of its row.
template <class Row>
[[nodiscard]] OpConfig parse_named(std::string_view text, const Row& (*row_of)(std::string_view name)) {
  OpConfig config = parse_op(text, [&](std::string_view name) { return row_of(name).options(Semantics::keras); });
  config.op = row_of(config.op).name;
  return config;
}

/// `given` with the options that its text has, "sgd:momentum=0.9", beside those that stand by themselves. An empty one
/// stays empty. `parse` reads the text.
template <OperationKind Kind, class Text>
[[nodiscard]] KindConfig<Kind> resolved(const KindConfig<Kind>& given, KindConfig<Kind> (*parse)(Text)) {
  if (given.op.empty()) return given;
  KindConfig<Kind> config = parse(given.op);
  for (const auto& [name, value] : given.options) config.options.insert_or_assign(name, value);
  return config;
}

/// The operation under its own name with all its options, defaults included, each of its type. Configurations that mean
/// the same become equal: 0.1 and "1e-1", an option left out and its default, the activations "swish" and "silu". Throws
/// Error{usage} for an unknown option or a wrong value.
[[nodiscard]] OpConfig with_defaults(const OpConfig& config, std::string_view name,
                                     const std::vector<OptionInfo>& options);
template <class Row>
[[nodiscard]] OpConfig completed(const OpConfig& config, const Row& row, Semantics semantics) {
  return with_defaults(config, row.name, row.options(semantics));
}

/// "name:key=value:..." with every option of `config`.
[[nodiscard]] std::string full_text(const OpConfig& config);
/// The shortest text that reads back as `config`: options equal to their defaults are left out.
[[nodiscard]] std::string shortest_text(const OpConfig& config, const std::vector<OptionInfo>& options);

}  // namespace millrace
