// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   MadeStream made({{{"l", "age", numbers<std::int64_t>({1, 2})}, {"u", "city", texts({"Rome", "Oslo"})}}});
//   read_arrow(&made.stream);
//
// Streams of Arrow's C interface, right ones and ones that lie.
#pragma once

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "millrace/arrow.hpp"

namespace millrace::test {

using Buffer = std::optional<std::string>;  // nullopt: a null pointer

template <class Item>
[[nodiscard]] std::string raw(const std::vector<Item>& items) {
  std::string bytes(items.size() * sizeof(Item), '\0');
  if (!items.empty()) std::memcpy(bytes.data(), items.data(), bytes.size());
  return bytes;
}

struct MadeArray {
  std::vector<Buffer> buffers{};
  std::int64_t length = 0;
  std::int64_t null_count = 0;
  std::int64_t offset = 0;
  std::shared_ptr<MadeArray> dictionary = nullptr;
};

struct MadeColumn {
  std::string format, name;
  MadeArray array;
  std::string dictionary_format{};
};

/// Values without a missing one.
template <class Item>
[[nodiscard]] MadeArray numbers(const std::vector<Item>& items) {
  return {.buffers = {std::nullopt, raw(items)}, .length = static_cast<std::int64_t>(items.size())};
}

[[nodiscard]] inline MadeArray texts(const std::vector<std::string>& items) {
  std::vector<std::int32_t> offsets{0};
  std::string bytes;
  for (const std::string& item : items) offsets.push_back(static_cast<std::int32_t>((bytes += item).size()));
  return {.buffers = {std::nullopt, raw(offsets), bytes}, .length = static_cast<std::int64_t>(items.size())};
}

/// bits: one per value, 1 where it is there
[[nodiscard]] inline MadeArray with_nulls(MadeArray array, std::string bits, std::int64_t nulls = -1) {
  array.buffers[0] = std::move(bits);
  array.null_count = nulls;
  return array;
}

using MadeBatch = std::vector<MadeColumn>;

class MadeStream {
 public:
  /// The schema is that of the first batch.
  explicit MadeStream(std::vector<MadeBatch> batches) : batches_(std::move(batches)) {
    stream.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) { return me(self).schema(out); };
    stream.get_next = [](ArrowArrayStream* self, ArrowArray* out) { return me(self).next(out); };
    stream.get_last_error = [](ArrowArrayStream* self) {
      return me(self).error.empty() ? nullptr : me(self).error.c_str();
    };
    stream.release = [](ArrowArrayStream* self) {
      ++me(self).released;
      self->release = nullptr;
    };
    stream.private_data = this;
  }
  MadeStream(const MadeStream&) = delete;
  MadeStream& operator=(const MadeStream&) = delete;

  ArrowArrayStream stream{};
  std::string format = "+s", error{};
  int schema_code = 0, next_code = 0, released = 0, arrays_alive = 0;
  /// Changes a batch before it is given away.
  void (*spoil)(ArrowArray&) = nullptr;
  void (*spoil_schema)(ArrowSchema&) = nullptr;

 private:
  static MadeStream& me(ArrowArrayStream* stream) { return *static_cast<MadeStream*>(stream->private_data); }

  int schema(ArrowSchema* out) {
    if (schema_code != 0) return schema_code;
    schemas_.clear();
    for (const MadeColumn& column : batches_.at(0)) {
      auto child =
          std::make_unique<ArrowSchema>(ArrowSchema{.format = column.format.c_str(), .name = column.name.c_str()});
      if (!column.dictionary_format.empty()) {
        dictionaries_.push_back(
            std::make_unique<ArrowSchema>(ArrowSchema{.format = column.dictionary_format.c_str(), .name = ""}));
        child->dictionary = dictionaries_.back().get();
      }
      schema_children_.push_back(child.get());
      schemas_.push_back(std::move(child));
    }
    *out = {.format = format.c_str(),
            .name = "",
            .n_children = static_cast<std::int64_t>(schemas_.size()),
            .children = schema_children_.data(),
            .release = [](ArrowSchema* self) { self->release = nullptr; }};
    if (spoil_schema != nullptr) spoil_schema(*out);
    return 0;
  }

  int next(ArrowArray* out) {
    if (next_code != 0) return next_code;
    *out = {};
    if (given_ == batches_.size()) return 0;
    children_.clear();
    for (MadeColumn& column : batches_[given_]) children_.push_back(array(column.array));
    const std::int64_t rows = batches_[given_].empty() ? 0 : batches_[given_][0].array.length;
    ++given_;
    ++arrays_alive;
    *out = {.length = rows,
            .n_buffers = 1,
            .n_children = static_cast<std::int64_t>(children_.size()),
            .buffers = no_buffers_,
            .children = children_.data(),
            .release =
                [](ArrowArray* self) {
                  --static_cast<MadeStream*>(self->private_data)->arrays_alive;
                  self->release = nullptr;
                },
            .private_data = this};
    if (spoil != nullptr) spoil(*out);
    return 0;
  }

  // Buffers of exactly their size, so that a sanitizer sees who reads more.
  ArrowArray* array(MadeArray& made) {
    std::vector<const void*>& pointers = *pointers_.emplace_back(std::make_unique<std::vector<const void*>>());
    for (const Buffer& buffer : made.buffers) {
      if (!buffer) {
        pointers.push_back(nullptr);
        continue;
      }
      auto copy = std::make_unique<char[]>(buffer->size());
      std::memcpy(copy.get(), buffer->data(), buffer->size());
      pointers.push_back(copy.get());
      copies_.push_back(std::move(copy));
    }
    arrays_.push_back(std::make_unique<ArrowArray>(ArrowArray{.length = made.length,
                                                              .null_count = made.null_count,
                                                              .offset = made.offset,
                                                              .n_buffers = static_cast<std::int64_t>(pointers.size()),
                                                              .buffers = pointers.data()}));
    ArrowArray* const found = arrays_.back().get();
    if (made.dictionary != nullptr) found->dictionary = array(*made.dictionary);
    return found;
  }

  std::vector<MadeBatch> batches_;
  std::size_t given_ = 0;
  const void* no_buffers_[1] = {nullptr};
  std::vector<ArrowSchema*> schema_children_;
  std::vector<std::unique_ptr<ArrowSchema>> schemas_, dictionaries_;
  std::vector<ArrowArray*> children_;
  std::vector<std::unique_ptr<ArrowArray>> arrays_;
  std::vector<std::unique_ptr<std::vector<const void*>>> pointers_;
  std::vector<std::unique_ptr<char[]>> copies_;
};

}  // namespace millrace::test
