// SPDX-License-Identifier: Apache-2.0
#include "table/csv/file.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/temporary.hpp"

namespace millrace {
namespace {

// In the order of the file, again, and backwards.
TEST(PlacesInOrder, AreThoseOfTheFile) {
  const test::TemporaryDirectory folder;
  const std::string first = folder.write("a.csv", "x,y\n1,2\n\n\"a\nb\",4\n"),
                    second = folder.write("b.csv", "x,y\n5,6\n7,8\n");
  for (const std::vector<std::string>& paths : {std::vector{first}, std::vector{first, second}}) {
    const CsvFile file = open_csv(paths, {});
    PlacesInOrder places(file);
    for (const char* at = file.body; at != file.syntax.end; ++at) EXPECT_EQ(places(at), file.short_place(at));
    for (const char* at = file.syntax.end; at != file.body; --at) EXPECT_EQ(places(at), file.short_place(at));
    EXPECT_EQ(places(file.body), places(file.body));
  }
}

}  // namespace
}  // namespace millrace
