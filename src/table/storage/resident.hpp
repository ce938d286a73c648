// SPDX-License-Identifier: Apache-2.0
//
// What of this process is in memory, as Linux says.
#pragma once

#include <cstdint>

#include "base/descriptor.hpp"

namespace millrace {

class ResidentMemory {
 public:
  ResidentMemory();

  /// Bytes now, pages of mapped files included; 0 if the system does not say.
  [[nodiscard]] std::int64_t bytes() const;

 private:
  Descriptor file_;
};

struct MappedPages {
  void* data = nullptr;
  std::int64_t bytes = 0;  ///< 0: none
};

/// The whole pages around these bytes, if they belong to a mapped file and were never written to, or are shared: such
/// pages can be given back at any time.
[[nodiscard]] MappedPages mapped_pages(const void* data, std::int64_t bytes);

/// Maps all pages around these bytes at once: a page costs a tenth of what its first access would. Reads them from the
/// disk if they are not in memory.
void bring_pages(const void* data, std::int64_t bytes);
/// Starts to read them from the disk, and does not wait.
void read_pages_ahead(const void* data, std::int64_t bytes);

}  // namespace millrace
