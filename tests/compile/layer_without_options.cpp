// SPDX-License-Identifier: Apache-2.0
//
// A struct is a layer only when it names its operation and lists its fields: OptionStruct.
// expected: non-scalar type|no viable conversion
#include "millrace/model.hpp"

using namespace millrace;

struct Attention {
  static constexpr LayerName op = "attention";
  std::int64_t heads = 1;
#ifndef WRONG
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("heads", &Attention::heads, "heads")};
  }
#endif
};

const LayerConfig layer = Attention{.heads = 2};
