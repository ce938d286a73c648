// SPDX-License-Identifier: Apache-2.0
#include "run/callbacks/event_message.hpp"

#include <array>
#include <bit>

namespace millrace {

namespace {

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
    table[byte] = crc;
  }
  return table;
}

template <class Unsigned>
void append_bytes(std::string& to, Unsigned value) {
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) to += static_cast<char>((value >> (8 * i)) & 0xFF);
}

// A number of protobuf: seven bits a byte, the lowest first; the high bit says that another byte follows.
void append_varint(std::string& to, std::uint64_t value) {
  for (; value > 0x7F; value >>= 7) to += static_cast<char>((value & 0x7F) | 0x80);
  to += static_cast<char>(value);
}

WireMessage tensor_of(const TensorValue& value) {
  enum : std::uint8_t { float_type = 1, double_type = 2 };
  WireMessage shape, tensor;
  for (const std::int64_t size : value.shape)
    shape.message(2, WireMessage().whole(1, static_cast<std::uint64_t>(size)));
  std::string numbers;
  for (const double number : value.numbers) {
    if (value.as_float)
      append_bytes(numbers, std::bit_cast<std::uint32_t>(static_cast<float>(number)));
    else
      append_bytes(numbers, std::bit_cast<std::uint64_t>(number));
  }
  return tensor.whole(1, value.as_float ? float_type : double_type).message(2, shape).text(4, numbers);
}

WireMessage message_of(const TensorValue& value) {
  constexpr std::uint64_t tensor_class = 2;
  WireMessage plugin, metadata, message;
  plugin.text(1, value.plugin).message(2, value.content);
  metadata.message(1, plugin).whole(4, tensor_class);
  return message.text(1, value.tag).message(8, tensor_of(value)).message(9, metadata);
}

}  // namespace

void WireMessage::key(std::uint32_t field, Type type) {
  append_varint(bytes_, (field << 3) | static_cast<std::uint32_t>(type));
}

WireMessage& WireMessage::whole(std::uint32_t field, std::uint64_t value) {
  key(field, Type::varint);
  append_varint(bytes_, value);
  return *this;
}

WireMessage& WireMessage::number(std::uint32_t field, double value) {
  key(field, Type::bits64);
  append_bytes(bytes_, std::bit_cast<std::uint64_t>(value));
  return *this;
}

WireMessage& WireMessage::small(std::uint32_t field, float value) {
  key(field, Type::bits32);
  append_bytes(bytes_, std::bit_cast<std::uint32_t>(value));
  return *this;
}

WireMessage& WireMessage::text(std::uint32_t field, std::string_view bytes) {
  key(field, Type::bytes);
  append_varint(bytes_, bytes.size());
  bytes_ += bytes;
  return *this;
}

TensorValue histogram_value(const std::string& tag, const LayerRecord& record) {
  TensorValue value{.tag = tag, .plugin = "histograms"};
  const auto parts = std::ssize(record.counts);
  value.shape = {parts, 3};
  const double width = (record.high - record.low) / static_cast<double>(parts);
  for (std::int64_t i = 0; i < parts; ++i) {
    const double left = record.low + width * static_cast<double>(i);
    value.numbers.insert(value.numbers.end(),
                         {left, i + 1 == parts ? record.high : left + width, static_cast<double>(record.counts[i])});
  }
  return value;
}

std::uint32_t masked_crc32c(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 256> table = crc_table();
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) crc = table[(crc ^ static_cast<std::uint8_t>(byte)) & 0xFF] ^ (crc >> 8);
  return std::rotr(~crc, 15) + 0xA282EAD8U;
}

std::string record_of(const WireMessage& event) {
  std::string record;
  append_bytes(record, std::uint64_t{event.bytes().size()});
  append_bytes(record, masked_crc32c(record));
  record += event.bytes();
  append_bytes(record, masked_crc32c(event.bytes()));
  return record;
}

std::string event_record(const StepEvent& event) {
  WireMessage summary, message;
  for (const auto& [name, number] : event.values)
    summary.message(1, WireMessage().text(1, name).small(2, static_cast<float>(number)));
  for (const TensorValue& tensor : event.tensors) summary.message(1, message_of(tensor));
  return record_of(message.number(1, event.time).whole(2, static_cast<std::uint64_t>(event.step)).message(5, summary));
}

}  // namespace millrace
