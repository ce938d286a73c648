// SPDX-License-Identifier: Apache-2.0
#include "base/buffer.hpp"

#include <sys/mman.h>

#include <algorithm>

namespace millrace {

// Most systems give huge pages only on request. A failure does not matter: pages of the usual size work as well.
void Buffer::advise(std::size_t bytes) { (void)madvise(data_.get(), bytes, MADV_HUGEPAGE); }

void Buffer::clear() { std::fill_n(data_.get(), size_, 0.0F); }

}  // namespace millrace
