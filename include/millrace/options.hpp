// SPDX-License-Identifier: Apache-2.0
//
// Usage (an operation declares its options once; command line, TOML, checkpoints and messages are derived from it):
//   struct Dropout {
//     static constexpr LayerName op = "dropout";
//     NameTheOption name_the_option{};
//     double rate = 0.5;
//     static constexpr auto fields() {
//       using namespace declare;
//       return std::tuple{field("rate", &Dropout::rate, "probability of zero", fraction)};
//     }
//   };
//   Model model{Dense{.units = 25}, Dropout{.rate = 0.2}, Dense{.units = 1}};
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

namespace millrace {

/// Whose defaults and formulas hold where libraries differ. The default is Keras's. Options that are not given take its
/// defaults; typed options give all of them: elsewhere begin with Adam::defaults(Semantics::torch).
enum class Semantics { keras, torch, sklearn };

/// What an operation is. A place that takes one kind takes no other. Activations and initializers are always text.
enum class OperationKind : std::uint8_t { layer, activation, initializer, loss, metric, optimizer, schedule, callback };

/// The name of an operation of one kind, as files and command lines write it.
template <OperationKind Kind>
struct OpName : std::string_view {
  static constexpr OperationKind kind = Kind;
  using std::string_view::string_view;
};
using LayerName = OpName<OperationKind::layer>;
using LossName = OpName<OperationKind::loss>;
using OptimizerName = OpName<OperationKind::optimizer>;
using ScheduleName = OpName<OperationKind::schedule>;
using MetricName = OpName<OperationKind::metric>;
using CallbackName = OpName<OperationKind::callback>;

/// The first member of a struct of options. Dense{25, "relu"} does not compile, Dense{.units = 25, .activation = "relu"}
/// does: the order of options may change, their names stay.
class NameTheOption {
 public:
  constexpr NameTheOption() {}  // not defaulted: an aggregate would take the first value
};

/// Two extents of an image, height by width; one number stands for both.
struct Extents {
  std::int64_t height = 1, width = 1;
  constexpr Extents() = default;
  constexpr Extents(std::int64_t both) : height(both), width(both) {}  // NOLINT: 3 is 3x3
  constexpr Extents(std::int64_t high, std::int64_t wide) : height(high), width(wide) {}
  friend bool operator==(const Extents&, const Extents&) = default;
};

/// The value of an option as files and command lines have it. std::monostate is "none"; whole numbers in a list are
/// extents or axes ("28x28x1"), other numbers a list ("0.1,0.01").
using OptionValue = std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::int64_t>,
                                 std::vector<double>>;

/// The range a numeric option must lie in; of a text that names an operation with options of its own, its kind.
enum class Range {
  any,
  positive,
  not_negative,
  fraction /* [0, 1) */,
  probability /* [0, 1] */,
  names_activation /* "leaky_relu:0.1" */,
  names_initializer,
  names_scaler
};

/// One option of an operation: its name as users write it, the member that holds it, one line of help, its range. A
/// member is a bool, a number, a text, Extents, a vector of numbers, or a std::optional of a number or of Extents.
template <class Options, class Value>
struct Field {
  std::string_view name;
  Value Options::*member;
  std::string_view help;
  Range range;
};

/// The words of a declaration. fields() opens them, nobody else needs to.
namespace declare {
inline constexpr Range any = Range::any, positive = Range::positive, not_negative = Range::not_negative,
                       fraction = Range::fraction, probability = Range::probability,
                       names_activation = Range::names_activation, names_initializer = Range::names_initializer,
                       names_scaler = Range::names_scaler;
template <class Options, class Value>
constexpr Field<Options, Value> field(std::string_view name, Value Options::*member, std::string_view help,
                                      Range range = any) {
  return {name, member, help, range};
}
}  // namespace declare

/// A struct that names its operation and lists its fields.
template <class T>
concept OptionStruct = requires {
  { T::op } -> std::convertible_to<std::string_view>;
  T::fields();
};

}  // namespace millrace
