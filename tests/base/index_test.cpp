// SPDX-License-Identifier: Apache-2.0
#include "base/index.hpp"

namespace millrace {
namespace {

static_assert(IndexRange{3, 8}.size() == 5);
static_assert(ceil_div(0, 4) == 0 && ceil_div(1, 4) == 1 && ceil_div(4, 4) == 1 && ceil_div(5, 4) == 2);
static_assert(round_up(0, 16) == 0 && round_up(1, 16) == 16 && round_up(16, 16) == 16 && round_up(17, 16) == 32);

}  // namespace
}  // namespace millrace
