// SPDX-License-Identifier: Apache-2.0
//
// Aligned fp32 memory with one owner.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

#include "base/fail.hpp"
#include "base/index.hpp"

namespace millrace {

inline constexpr std::int64_t cache_line_floats = 16;

/// Floats at a multiple of 64 bytes, all 0 at first. Large buffers lie at a multiple of 2 MiB, for huge pages.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::int64_t size) : size_(size) {
    if (size == 0) return;
    const std::size_t bytes = size * sizeof(float);
    const std::size_t alignment = bytes >= huge_page ? huge_page : 64;
    void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (memory == nullptr) throw std::bad_alloc();
    data_.reset(static_cast<float*>(memory));
    if (alignment == huge_page) advise(bytes);
    clear();
  }
  [[nodiscard]] float* data() { return data_.get(); }
  [[nodiscard]] const float* data() const { return data_.get(); }
  [[nodiscard]] std::int64_t size() const { return size_; }
  [[nodiscard]] std::span<float> span() { return std::span(data_.get(), size_); }
  [[nodiscard]] std::span<const float> span() const { return std::span<const float>(data_.get(), size_); }
  [[nodiscard]] float& operator[](std::int64_t i) { return data_.get()[i]; }
  [[nodiscard]] float operator[](std::int64_t i) const { return data_.get()[i]; }
  void clear();

 private:
  void advise(std::size_t bytes);
  static constexpr std::size_t huge_page = std::size_t{2} << 20;
  struct Free {
    void operator()(float* memory) const { std::free(memory); }
  };
  std::unique_ptr<float, Free> data_;
  std::int64_t size_ = 0;
};

}  // namespace millrace
