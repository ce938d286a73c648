// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   ArrowArrayStream stream;                  // filled by PyArrow, Polars, DuckDB, pandas, a Parquet reader ...
//   const Table table = read_arrow(&stream, {.target = "income"});
//
// Arrow's C stream interface: how other libraries hand over tables that are in memory. The three structs are those of
// https://arrow.apache.org/docs/format/CStreamInterface.html and may be declared elsewhere, too.
#pragma once

#include <cstdint>
#include <string>

#include "millrace/table.hpp"

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

extern "C" {

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

}  // extern "C"

#endif  // ARROW_C_DATA_INTERFACE

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

extern "C" {

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};

}  // extern "C"

#endif  // ARROW_C_STREAM_INTERFACE

namespace millrace {

/// Reads a stream of record batches to its end and releases it, also where it throws. Numbers of every width, decimals,
/// durations (in seconds) are numbers; texts, and dictionaries of texts, are categories; dates, times of the day and
/// timestamps are dates. Nulls are missing, and so are NaN and empty texts. Columns of other types are ignored, with an
/// obstacle. Of the options target, ignore and kinds count, as in TableBuilder::finish.
/// Throws Error{data} "[arrow] ..." for a stream that fails, and for one whose lengths, offsets, buffers or indices
/// contradict one another; Error{usage} for a stream that was released. The interface does not say how large buffers
/// are: that they are as large as their lengths say is up to whoever made the stream.
[[nodiscard]] Table read_arrow(ArrowArrayStream* stream, const TableOptions& options = {},
                               const std::string& source = "arrow");

}  // namespace millrace
