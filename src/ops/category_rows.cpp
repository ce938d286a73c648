// SPDX-License-Identifier: Apache-2.0
#include "ops/category_rows.hpp"

namespace millrace {

// x + count * ceil(|x - |floor(x)||): the distance is 0 for whole numbers from 0 on. These operators are in every opset.
std::string add_category_rows(PlainGraph& graph, const std::string& site, const std::string& categories,
                              std::int64_t count) {
  const std::string whole = graph.add("Abs", site + "/whole", {graph.add("Floor", site + "/floor", {categories})});
  const std::string distance =
      graph.add("Abs", site + "/distance", {graph.add("Sub", site + "/rest", {categories, whole})});
  const std::string rows = graph.add_constant(site + "/count", {1}, {static_cast<float>(count)});
  const std::string beyond = graph.add("Mul", site + "/beyond", {graph.add("Ceil", site + "/steps", {distance}), rows});
  return graph.add("Cast", site + "/rows", {graph.add("Add", site + "/places", {categories, beyond})},
                   {{"to", cast_to_int64}});
}

}  // namespace millrace
