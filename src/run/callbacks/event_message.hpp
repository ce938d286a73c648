// SPDX-License-Identifier: Apache-2.0
//
// The records of TensorBoard's event files. A file is a row of TFRecords: length (8 bytes), its checksum (4), an Event in
// protobuf's wire format, its checksum (4), all little-endian.
//   Event: 1 wall_time (double), 2 step (int64), 3 file_version (string), 5 summary.
//   Summary: 1 value, repeated. Value: 1 tag (string), 2 simple_value (float), 8 tensor, 9 metadata.
//   Tensor: 1 type (1 float, 2 double), 2 shape (2 dimension, repeated: 1 size), 4 the numbers as bytes.
//   Metadata: 1 plugin (1 name, 2 content as bytes), 4 class (2: tensor).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/training.hpp"
#include "run/layer_record.hpp"

namespace millrace {

/// A message in protobuf's wire format, which grows by fields.
class WireMessage {
 public:
  WireMessage& whole(std::uint32_t field, std::uint64_t value);
  WireMessage& number(std::uint32_t field, double value);
  WireMessage& small(std::uint32_t field, float value);
  WireMessage& text(std::uint32_t field, std::string_view bytes);
  WireMessage& message(std::uint32_t field, const WireMessage& value) { return text(field, value.bytes()); }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  enum class Type : std::uint8_t { varint = 0, bits64 = 1, bytes = 2, bits32 = 5 };
  void key(std::uint32_t field, Type type);
  std::string bytes_;
};

/// A tensor that a plugin of TensorBoard shows.
struct TensorValue {
  std::string tag, plugin;
  WireMessage content{};  ///< of the plugin's metadata
  std::vector<std::int64_t> shape{};
  std::vector<double> numbers{};
  bool as_float = false;
};

/// A histogram as the plugin "histograms" shows it: [parts x (left edge, right edge, count)].
[[nodiscard]] TensorValue histogram_value(const std::string& tag, const LayerRecord& record);

/// What belongs to one step.
struct StepEvent {
  std::int64_t step = 0;
  double time = 0;  ///< seconds since 1970
  std::vector<NamedValue> values;
  std::vector<TensorValue> tensors{};
};

/// The record of an event, as it stands in the file. Numbers are rounded to float.
[[nodiscard]] std::string event_record(const StepEvent& event);

[[nodiscard]] std::string record_of(const WireMessage& event);

/// CRC-32C (Castagnoli), as TFRecords have it: rotated right by 15 bits, plus a constant.
[[nodiscard]] std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace millrace
