// SPDX-License-Identifier: Apache-2.0
#include "base/buffer.hpp"

#include <algorithm>

namespace millrace {

void Buffer::clear() {
  if (size_ > 0) std::fill_n(data_.get(), size_ + slack, 0.0F);
}

}  // namespace millrace
