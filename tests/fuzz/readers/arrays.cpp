// SPDX-License-Identifier: Apache-2.0
//
// The readers of arrays: .npy, .npz, IDX, Arrow's streams.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "fuzz/harness.hpp"
#include "fuzz/readers/readers.hpp"
#include "millrace/arrays.hpp"
#include "millrace/arrow.hpp"

namespace millrace::fuzz {

namespace {

void require_shape(const Dataset& data) {
  require(data.features.rows > 0 && data.features.columns > 0, "rows and columns");
  float sum = 0;  // reads every number
  for (std::int64_t r = 0; r < data.features.rows; ++r) {
    for (std::int64_t c = 0; c < data.features.columns; ++c) sum += data.features.row(r)[c];
  }
  require(sum == sum || sum != sum, "a sum");
}

// Takes numbers and buffers off the input until it is used up.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}

  std::int64_t number(std::int64_t least, std::int64_t most) {
    if (rest_.empty()) return least;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return least + byte % (most - least + 1);
  }
  // A buffer as large as an honest producer makes it: the interface cannot say how large it is.
  std::vector<char>& buffer(std::size_t size) {
    std::vector<char>& made = *buffers_.emplace_back(std::make_unique<std::vector<char>>(size));
    const std::size_t taken = std::min(size, rest_.size());
    std::copy_n(rest_.begin(), taken, made.begin());
    rest_.remove_prefix(taken);
    return made;
  }

 private:
  std::string_view rest_;
  std::vector<std::unique_ptr<std::vector<char>>> buffers_;
};

// A stream of one batch, whose lengths are honest but whose offsets, indices, views and counts are whatever the input is.
class FuzzedStream {
 public:
  explicit FuzzedStream(std::string_view bytes) : input_(bytes) {
    static constexpr const char* formats[] = {"i",   "g",    "b",     "u", "U",  "vu", "n",
                                              "tdD", "tsu:", "d:9,2", "e", "+l", "C",  "tss:UTC"};
    rows_ = input_.number(0, 20);
    const std::int64_t columns = input_.number(0, 5);
    for (std::int64_t i = 0; i < columns; ++i) {
      names_.push_back("c" + std::to_string(i));
      const bool dictionary = input_.number(0, 3) == 0;
      const char* const format = formats[input_.number(0, std::ssize(formats) - 1)];
      schemas_[i] = {.format = dictionary ? "c" : format};
      dictionary_schemas_[i] = {.format = format};
      make(arrays_[i], dictionary ? "c" : format, rows_);
      if (!dictionary) continue;
      schemas_[i].dictionary = &dictionary_schemas_[i];
      make(dictionaries_[i], format, input_.number(0, 4));
      arrays_[i].dictionary = &dictionaries_[i];
    }
    for (std::int64_t i = 0; i < columns; ++i) {
      schemas_[i].name = names_[i].c_str();
      schema_pointers_[i] = &schemas_[i];
      array_pointers_[i] = &arrays_[i];
    }
    columns_ = columns;
    stream.private_data = this;
    stream.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
      auto& me = *static_cast<FuzzedStream*>(self->private_data);
      *out = {.format = "+s", .n_children = me.columns_, .children = me.schema_pointers_};
      return 0;
    };
    stream.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
      auto& me = *static_cast<FuzzedStream*>(self->private_data);
      static const void* no_buffers[1] = {nullptr};
      *out = {};
      if (me.given_) return 0;
      me.given_ = true;
      *out = {.length = me.rows_,
              .n_buffers = 1,
              .n_children = me.columns_,
              .buffers = no_buffers,
              .children = me.array_pointers_,
              .release = [](ArrowArray* array) { array->release = nullptr; }};
      return 0;
    };
    stream.release = [](ArrowArrayStream* self) { self->release = nullptr; };
  }
  ArrowArrayStream stream{};

 private:
  void make(ArrowArray& array, std::string_view format, std::int64_t length) {
    const std::int64_t offset = input_.number(0, 2);
    const auto size = static_cast<std::size_t>(length + offset);
    array = {.length = length, .null_count = input_.number(-1, 2), .offset = offset};
    std::vector<const void*>& buffers = pointers_.emplace_back();
    const auto add = [&](std::size_t bytes) { buffers.push_back(input_.buffer(bytes).data()); };
    if (format != "n") {
      if (input_.number(0, 1) == 0)
        buffers.push_back(nullptr);
      else
        add(size / 8 + 1);
    }
    if (format == "u" || format == "U") {
      const std::size_t width = format == "u" ? 4 : 8;
      add(width * (size + 1));
      // The last offset says how many bytes there are: those are there.
      std::int64_t last = 0;
      std::memcpy(&last, static_cast<const char*>(buffers.back()) + width * size, width);
      if (width == 4) last = static_cast<std::int32_t>(last);
      add(static_cast<std::size_t>(std::clamp<std::int64_t>(last, 0, 1 << 16)));
      if (last > 1 << 16) buffers.back() = nullptr;
    } else if (format == "vu") {
      add(16 * size);
      const std::int64_t texts = input_.number(0, 64);
      add(static_cast<std::size_t>(texts));
      std::vector<char>& sizes = input_.buffer(8);
      std::memcpy(sizes.data(), &texts, 8);
      buffers.push_back(sizes.data());
    } else if (format != "n") {
      add(16 * size + 16);
    }
    array.n_buffers = std::ssize(buffers);
    array.buffers = buffers.data();
  }

  Input input_;
  std::int64_t rows_ = 0, columns_ = 0;
  bool given_ = false;
  std::vector<std::string> names_;
  std::vector<std::vector<const void*>> pointers_ = reserved();
  ArrowSchema schemas_[5]{}, dictionary_schemas_[5]{};
  ArrowArray arrays_[5]{}, dictionaries_[5]{};
  ArrowSchema* schema_pointers_[5]{};
  ArrowArray* array_pointers_[5]{};

  static std::vector<std::vector<const void*>> reserved() {
    std::vector<std::vector<const void*>> lists;
    lists.reserve(10);  // arrays point into them
    return lists;
  }
};

}  // namespace

void fuzz_npy(std::string_view bytes) { require_shape(read_npy(file_of(bytes, ".npy"))); }

void fuzz_npz(std::string_view bytes) { require_shape(read_npz(file_of(bytes, ".npz"))); }

void fuzz_idx(std::string_view bytes) { require_shape(read_idx(file_of(bytes, ".idx"))); }

void fuzz_arrow(std::string_view bytes) {
  FuzzedStream made(bytes);
  const Table table = read_arrow(&made.stream);
  require(table.rows > 0, "rows");
  require(describe(table).size() == table.columns.size(), "a report per column");
}

}  // namespace millrace::fuzz
