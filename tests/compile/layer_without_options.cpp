// SPDX-License-Identifier: Apache-2.0
//
// A struct is a layer only when it names its operation and lists its fields: OptionStruct.
// expected: non-scalar type|no viable conversion
#include "millrace/model.hpp"

struct Attention {
  static constexpr std::string_view op = "attention";
  std::int64_t heads = 1;
#ifndef WRONG
  static constexpr auto fields() { return std::tuple{millrace::field("heads", &Attention::heads, "heads")}; }
#endif
};

const millrace::OpConfig layer = Attention{.heads = 2};
