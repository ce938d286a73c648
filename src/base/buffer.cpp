// SPDX-License-Identifier: Apache-2.0
#include "base/buffer.hpp"

#include <algorithm>

namespace millrace {

void Buffer::clear() { std::fill_n(data_.get(), size_, 0.0F); }

}  // namespace millrace
