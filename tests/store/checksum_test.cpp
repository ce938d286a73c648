// SPDX-License-Identifier: Apache-2.0
#include "store/checksum.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Checksum, IsXxh3Of128Bits) {
  ChecksumStream empty;
  EXPECT_EQ(empty.hex(), "99aa06d3014798d86001c324468d497f");  // the published value
  ChecksumStream whole, parts, others;
  whole.add_text("abc");
  parts.add_text("ab");
  parts.add_text("c");
  others.add_text("a");
  others.add_text("bc");
  EXPECT_NE(whole.hex(), parts.hex());
  EXPECT_NE(parts.hex(), others.hex());
}

}  // namespace
}  // namespace millrace
