// SPDX-License-Identifier: Apache-2.0
#include "store/tensor_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>
#include <span>

#include "store/tensor_header.hpp"
#include "support/expect_error.hpp"
#include "support/faulty_files.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::expect_error;
using test::FaultyFiles;
using test::read_text;
using test::TemporaryDirectory;

TEST(TensorFile, EveryTypeComesBackEqual) {
  const std::vector<std::uint8_t> u8 = {0, 127, 255};
  const std::vector<float> f32 = {
      1.5F, -0.0F, std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::infinity(), 3.0F, 4.0F};
  const std::vector<double> f64 = {0.1};
  const std::vector<std::int64_t> i64 = {std::numeric_limits<std::int64_t>::min(), -1};
  const std::vector<std::uint64_t> u64 = {std::numeric_limits<std::uint64_t>::max()};
  const std::map<std::string, std::string> metadata = {
      {"format", "pt"}, {"", "empty key"}, {"config", "{\"a\": \"\\\n\u00e9\"}"}};
  TemporaryDirectory folder;
  write_tensor_file(folder.file("x"), {metadata,
                                       {{"bytes", Dtype::u8, {3}, bytes_of(u8)},
                                        {"weight", Dtype::f32, {2, 3}, bytes_of(f32)},
                                        {"rate", Dtype::f64, {}, bytes_of(f64)},
                                        {"empty", Dtype::f32, {4, 0}, {}},
                                        {"also empty", Dtype::f32, {0}, {}},
                                        {"steps", Dtype::i64, {2, 1}, bytes_of(i64)},
                                        {"state", Dtype::u64, {1}, bytes_of(u64)}}});
  const TensorFile file = read_tensor_file(folder.file("x"));
  EXPECT_EQ(file.metadata, metadata);
  std::map<std::string, NamedTensor> tensors;
  for (const NamedTensor& tensor : file.tensors) tensors[tensor.name] = tensor;
  ASSERT_EQ(tensors.size(), 7U);
  EXPECT_EQ(values_of<std::uint8_t>(tensors["bytes"]), u8);
  EXPECT_TRUE(std::ranges::equal(tensors["weight"].bytes, bytes_of(f32)));
  EXPECT_EQ(tensors["weight"].shape, (Shape{2, 3}));
  EXPECT_EQ(values_of<double>(tensors["rate"]), f64);
  EXPECT_EQ(tensors["rate"].shape, Shape{});
  EXPECT_EQ(tensors["empty"].shape, (Shape{4, 0}));
  EXPECT_TRUE(values_of<float>(tensors["empty"]).empty());
  EXPECT_EQ(values_of<std::int64_t>(tensors["steps"]), i64);
  EXPECT_EQ(values_of<std::uint64_t>(tensors["state"]), u64);
}

TEST(TensorFile, BytesFromASourceMakeTheSameFile) {
  const std::vector<float> numbers = {1.5F, -2.0F, 3.25F, 4.0F, 5.0F, 6.0F};
  const std::vector<std::uint8_t> others = {7, 8};
  const auto first = [&](std::size_t count) {
    return [&, count](const ByteSink& sink) {
      for (std::size_t i = 0; i < count; ++i) sink(bytes_of(std::span(numbers).subspan(i, 1)));
    };
  };
  TemporaryDirectory folder;
  const NamedTensor other{"other", Dtype::u8, {2}, bytes_of(others)};
  write_tensor_file(folder.file("bytes"), {{}, {{"w", Dtype::f32, {2, 3}, bytes_of(numbers)}, other}});
  write_tensor_file(folder.file("source"), {{}, {other, {"w", Dtype::f32, {2, 3}, {}, first(6)}}});
  EXPECT_EQ(read_text(folder.file("source")), read_text(folder.file("bytes")));
  expect_error(ErrorKind::internal, {"'w'", "20 bytes", "F32 of shape (2, 3)"}, [&] {
    write_tensor_file(folder.file("short"), {{}, {{"w", Dtype::f32, {2, 3}, {}, first(5)}}});
  });
  EXPECT_FALSE(std::filesystem::exists(folder.file("short")));
}

TEST(TensorFile, DataIsAlignedAndWiderElementsComeFirst) {
  const std::vector<std::uint8_t> u8 = {1};
  const std::vector<float> f32 = {1.0F};
  const std::vector<double> f64 = {1.0};
  TemporaryDirectory folder;
  for (std::size_t length = 0; length < 70; ++length) {
    const TensorFile file{{{"k", std::string(length, 'x')}},
                          {{"u", Dtype::u8, {1}, bytes_of(u8)},
                           {"f", Dtype::f32, {1}, bytes_of(f32)},
                           {"d", Dtype::f64, {1}, bytes_of(f64)}}};
    write_tensor_file(folder.file("x"), file);
    EXPECT_EQ((read_text(folder.file("x")).size() - 13) % 64, 0U);
  }
  std::string order;
  for (const NamedTensor& tensor : read_tensor_file(folder.file("x")).tensors) order += tensor.name;
  EXPECT_EQ(order, "dfu");
}

TEST(TensorFile, MetadataIsReadWithoutTheTensors) {
  TemporaryDirectory folder;
  const std::vector<float> numbers(100, 1.5F);
  write_tensor_file(folder.file("x"), {{{"epoch", "3"}}, {{"w", Dtype::f32, {100}, bytes_of(numbers)}}, nullptr});
  std::string damaged = read_text(folder.file("x"));
  damaged.back() ^= 1;
  test::write_text(folder.file("damaged"), damaged);
  EXPECT_EQ(read_tensor_metadata(folder.file("damaged")).at("epoch"), "3");
  expect_error(ErrorKind::data, {"damaged", "checksum"},
               [&] { static_cast<void>(read_tensor_file(folder.file("damaged"))); });
  for (const std::size_t bytes : {std::size_t{5}, std::size_t{40}}) {
    test::write_text(folder.file("short"), damaged.substr(0, bytes));
    expect_error(ErrorKind::data, {"short", "expected a"},
                 [&] { static_cast<void>(read_tensor_metadata(folder.file("short"))); });
  }
}

TEST(TensorFile, AFileOfNothing) {
  TemporaryDirectory folder;
  write_tensor_file(folder.file("x"), {});
  const TensorFile file = read_tensor_file(folder.file("x"));
  EXPECT_TRUE(file.metadata.empty());
  EXPECT_TRUE(file.tensors.empty());
}

TEST(TensorFile, WhatWasReadCanBeWrittenAgain) {
  const std::vector<float> values = {1.0F, 2.0F};
  TemporaryDirectory folder;
  write_tensor_file(folder.file("x"), {{{"a", "b"}}, {{"w", Dtype::f32, {2}, bytes_of(values)}}});
  write_tensor_file(folder.file("y"), read_tensor_file(folder.file("x")));
  EXPECT_EQ(read_text(folder.file("x")), read_text(folder.file("y")));
}

TEST(TensorFile, AFullDiskLeavesTheOldFile) {
  const std::vector<float> values(1000, 1.0F);
  TemporaryDirectory folder;
  write_tensor_file(folder.file("x"), {{{"epoch", "1"}}, {{"w", Dtype::f32, {1000}, bytes_of(values)}}});
  for (int write = 0; write < 3; ++write) {  // length, header, data
    FaultyFiles faulty;
    faulty.fail(FaultyFiles::Call::write, write, ENOSPC);
    expect_error(ErrorKind::environment, {"No space left"}, [&] {
      write_tensor_file(folder.file("x"), {{{"epoch", "2"}}, {{"w", Dtype::f32, {1000}, bytes_of(values)}}});
    });
    EXPECT_EQ(read_tensor_file(folder.file("x")).metadata.at("epoch"), "1");
  }
}

// Fails unless writing `file` is refused, with this kind and these words, and leaves no file.
void expect_not_written(ErrorKind kind, std::initializer_list<std::string> parts, const TensorFile& file) {
  TemporaryDirectory folder;
  expect_error(kind, parts, [&] { write_tensor_file(folder.file("x"), file); });
  EXPECT_FALSE(std::filesystem::exists(folder.file("x")));
}

TEST(TensorFile, RefusesToWriteTextThatIsNotUtf8) {
  const std::vector<float> values = {1.0F, 2.0F};
  const auto refuses = [](std::initializer_list<std::string> parts, const TensorFile& file) {
    expect_not_written(ErrorKind::usage, parts, file);
  };
  refuses({"tensor name that is not UTF-8"}, {{}, {{"\xE9", Dtype::f32, {2}, bytes_of(values)}}});
  refuses({"metadata key that is not UTF-8"}, {{{"\xE9", ""}}, {}});
  refuses({"metadata text that is not UTF-8"}, {{{"k", "\xE9"}}, {}});
}

TEST(TensorFile, RefusesToWriteAHeaderBeyondTheFormatsLimit) {
  expect_not_written(ErrorKind::usage, {"a header of", "at most 100000000"},
                     {{{"k", std::string(greatest_header, 'x')}}, {}});
}

TEST(TensorFile, RefusesToWriteTensorsThatNobodyCouldRead) {
  const std::vector<float> values = {1.0F, 2.0F};
  const auto refuses = [](std::initializer_list<std::string> parts, const TensorFile& file) {
    expect_not_written(ErrorKind::internal, parts, file);
  };
  const NamedTensor good{"w", Dtype::f32, {2}, bytes_of(values)};
  refuses({"'w'", "a name that is taken"}, {{}, {good, good}});
  refuses({"'__metadata__'", "a name that is taken"}, {{}, {{"__metadata__", Dtype::f32, {2}, bytes_of(values)}}});
  refuses({"'w'", "8 bytes", "F32 of shape (3)"}, {{}, {{"w", Dtype::f32, {3}, bytes_of(values)}}});
  refuses({"'w'", "shape (-2)"}, {{}, {{"w", Dtype::f32, {-2}, bytes_of(values)}}});
  refuses({"'w'", "shape (-1, 0)"}, {{}, {{"w", Dtype::u8, {-1, 0}, {}}}});
  refuses({"'w'", "shape (4294967296, 4294967296)"},
          {{}, {{"w", Dtype::f32, {std::int64_t{1} << 32, std::int64_t{1} << 32}, {}}}});
  refuses({"a key 'checksum'"}, {{{"checksum", "0"}}, {}});
}

std::vector<std::byte> bytes_of_file(const TensorFile& file) {
  std::vector<std::byte> bytes;
  write_tensors(file, "memory",
                [&](std::span<const std::byte> piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
  return bytes;
}

TEST(TensorFile, BytesInMemoryAreThoseOfTheFile) {
  const std::vector<float> values = {1.0F, 2.0F};
  const TensorFile file{{{"a", "b"}}, {{"w", Dtype::f32, {2}, bytes_of(values)}}};
  TemporaryDirectory folder;
  write_tensor_file(folder.file("x"), file);
  const std::string text = read_text(folder.file("x"));
  const std::vector<std::byte> bytes = bytes_of_file(file);
  EXPECT_TRUE(std::ranges::equal(bytes, std::as_bytes(std::span(text))));

  const TensorFile read = parse_tensors(bytes, "memory");
  EXPECT_EQ(read.metadata, file.metadata);
  EXPECT_EQ(values_of<float>(read.tensors.at(0)), values);
}

TEST(TensorFile, ParsedTensorsKeepTheirStorageAlive) {
  const std::vector<float> values = {1.0F, 2.0F};
  auto bytes =
      std::make_shared<std::vector<std::byte>>(bytes_of_file({{}, {{"w", Dtype::f32, {2}, bytes_of(values)}}}));
  const TensorFile read = parse_tensors(*bytes, "memory", Checksum::required, bytes);
  bytes.reset();
  EXPECT_EQ(values_of<float>(read.tensors.at(0)), values);
}

TEST(TensorFile, MessagesNameTheSourceOfBytes) {
  expect_error(ErrorKind::data, {"[safetensors] 'memory' has 3 bytes, expected a safetensors file"},
               [] { return parse_tensors(std::as_bytes(std::span("ab")), "memory"); });
}

}  // namespace
}  // namespace millrace
