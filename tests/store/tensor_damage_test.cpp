// SPDX-License-Identifier: Apache-2.0
//
// Files that are not what they seem.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "store/tensor_file.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::expect_error;
using test::read_text;
using test::TemporaryDirectory;
using test::write_text;

std::string raw_file(const std::string& header, const std::string& data, std::uint64_t length) {
  std::string text(8, '\0');
  std::memcpy(text.data(), &length, 8);
  return text + header + data;
}
std::string raw_file(const std::string& header, const std::string& data) {
  return raw_file(header, data, header.size());
}

// The JSON of a header and of one tensor in it.
std::string header_of(std::initializer_list<std::string> entries) {
  std::string text = "{";
  for (const std::string& entry : entries) text.append(text.size() > 1 ? "," : "").append(entry);
  return text.append("}");
}
std::string tensor(const std::string& name, const std::string& dtype, const std::string& shape,
                   const std::string& offsets) {
  return std::string("\"")
      .append(name)
      .append("\":{\"dtype\":\"")
      .append(dtype)
      .append("\",\"shape\":")
      .append(shape)
      .append(",\"data_offsets\":")
      .append(offsets)
      .append("}");
}

TEST(TensorDamage, ReadsWhatOthersWrote) {
  TemporaryDirectory folder;
  // Neither aligned nor in order, and without metadata.
  write_text(folder.file("x"),
             raw_file(header_of({tensor("b", "U8", "[1]", "[4,5]"), tensor("a", "F32", "[]", "[0,4]")}),
                      std::string("\0\0\x80\x3F", 4) + "x"));
  expect_error(ErrorKind::data, {"[safetensors] '" + folder.file("x") + "' has no checksum"},
               [&] { (void)read_tensor_file(folder.file("x")); });
  const TensorFile file = read_tensor_file(folder.file("x"), Checksum::optional);
  ASSERT_EQ(file.tensors.size(), 2U);
  EXPECT_EQ(values_of<float>(file.tensors[0]), std::vector<float>{1.0F});
  EXPECT_EQ(values_of<std::uint8_t>(file.tensors[1]), std::vector<std::uint8_t>{'x'});
  EXPECT_TRUE(file.metadata.empty());
}

TEST(TensorDamage, NamesWhatIsWrong) {
  TemporaryDirectory folder;
  const auto refuses = [&](const std::string& part, const std::string& content) {
    write_text(folder.file("x"), content);
    expect_error(ErrorKind::data, {"[safetensors] '" + folder.file("x") + "' ", part, "expected"},
                 [&] { (void)read_tensor_file(folder.file("x"), Checksum::optional); });
  };
  const auto refuses_tensor = [&](const std::string& part, const std::string& entry, const std::string& data) {
    refuses(part, raw_file(header_of({entry}), data));
  };

  expect_error(ErrorKind::data, {"cannot be opened"}, [&] { (void)read_tensor_file(folder.file("missing")); });
  refuses("has 0 bytes", "");
  refuses("has 7 bytes", "1234567");
  refuses("announces a header of 3 bytes in a file of 10", raw_file("{}", "", 3));
  refuses("announces a header of 18446744073709551615 bytes", raw_file("{}", "", UINT64_MAX));
  refuses("announces a header of 100000001 bytes", raw_file("{}" + std::string(99'999'999, ' '), ""));
  refuses("not a JSON object", raw_file("", ""));
  refuses("not a JSON object", raw_file("[]", ""));
  refuses("not a JSON object", raw_file("{", ""));
  refuses("not a JSON object", raw_file("{\"\xE9\":1}", ""));
  refuses("not a JSON object", raw_file(std::string(1'000'000, '['), ""));
  refuses("describes tensor 'a' in an unknown way",
          raw_file("{\"a\":" + std::string(10'000, '[') + std::string(10'000, ']') + "}", ""));
  refuses("metadata that is not a JSON object", raw_file("{\"__metadata__\":1}", ""));
  refuses("metadata 'k' that is not a text", raw_file("{\"__metadata__\":{\"k\":1}}", ""));
  refuses("two tensors 'a'",
          raw_file(header_of({tensor("a", "U8", "[1]", "[0,1]"), tensor("a", "U8", "[1]", "[0,1]")}), "x"));
  refuses("in an unknown way", raw_file("{\"a\":1}", ""));
  refuses("in an unknown way", raw_file("{\"a\":{}}", ""));
  refuses("in an unknown way", raw_file("{\"a\":{\"dtype\":1,\"shape\":[],\"data_offsets\":[0,4]}}", "1234"));
  refuses("in an unknown way",
          raw_file("{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4],\"more\":1}}", "1234"));
  refuses("no usable shape", raw_file("{\"a\":{\"dtype\":\"F32\",\"size\":[],\"data_offsets\":[0,4]}}", "1234"));
  refuses_tensor("of type 'F16', expected one of F32, F64, I64, U64, U8", tensor("a", "F16", "[1]", "[0,2]"), "12");
  refuses_tensor("no usable shape", tensor("a", "U8", "1", "[0,1]"), "x");
  refuses_tensor("no usable shape", tensor("a", "U8", "[-1]", "[0,1]"), "x");
  refuses_tensor("no usable shape", tensor("a", "U8", "[1.0]", "[0,1]"), "x");
  refuses_tensor("no usable shape", tensor("a", "U8", "[9223372036854775808]", "[0,1]"), "x");
  refuses_tensor("no usable data_offsets", tensor("a", "U8", "[1]", "[0,\"1\"]"), "x");
  refuses_tensor("not two ascending numbers", tensor("a", "U8", "[1]", "[0]"), "x");
  refuses_tensor("not two ascending numbers", tensor("a", "U8", "[1]", "[1,0]"), "x");
  refuses_tensor("gives 1 bytes to tensor 'a' of shape (2), expected 2", tensor("a", "U8", "[2]", "[0,1]"), "x");
  refuses_tensor("a shape that fits 64 bits", tensor("a", "F32", "[4611686018427387904]", "[0,0]"), "");
  refuses_tensor("a shape that fits 64 bits", tensor("a", "U8", "[4294967296,4294967296]", "[0,0]"), "");
  refuses_tensor("begins tensor 'a' at byte 1, expected 0", tensor("a", "U8", "[1]", "[1,2]"), "xy");
  refuses_tensor("begins tensor 'b' at byte 1, expected 2",
                 tensor("a", "U8", "[2]", "[0,2]") + "," + tensor("b", "U8", "[2]", "[1,3]"), "xyz");
  refuses_tensor("holds 1 bytes of tensors, expected 2", tensor("a", "U8", "[2]", "[0,2]"), "x");
  refuses_tensor("holds 3 bytes of tensors, expected 2", tensor("a", "U8", "[2]", "[0,2]"), "xyz");
  refuses_tensor("holds 0 bytes of tensors, expected 9223372036854775807",
                 tensor("a", "U8", "[9223372036854775807]", "[0,9223372036854775807]"), "");
  refuses("is damaged", raw_file("{\"__metadata__\":{\"checksum\":\"0\"}}", ""));
}

// A checkpoint with something of everything.
std::string sample_file(const TemporaryDirectory& folder) {
  const std::vector<float> values = {1.0F, 2.0F, 3.0F, 4.0F};
  const std::vector<std::uint64_t> state = {7};
  write_tensor_file(folder.file("sample"), {{{"format", "pt"}, {"epoch", "3"}},
                                            {{"w", Dtype::f32, {2, 2}, bytes_of(values)},
                                             {"v", Dtype::f32, {2, 2}, bytes_of(values)},
                                             {"state", Dtype::u64, {1}, bytes_of(state)}}});
  return read_text(folder.file("sample"));
}

bool same(const TensorFile& a, const TensorFile& b) {
  return a.metadata == b.metadata &&
         std::ranges::equal(a.tensors, b.tensors, [](const NamedTensor& x, const NamedTensor& y) {
           return x.name == y.name && x.dtype == y.dtype && x.shape == y.shape && std::ranges::equal(x.bytes, y.bytes);
         });
}

// Error{data} or exactly what was written: nothing between.
void expect_refused_or_same(const std::string& path, const TensorFile& original, const std::string& what) {
  try {
    EXPECT_TRUE(same(read_tensor_file(path), original)) << what;
  } catch (const Error& error) {
    EXPECT_EQ(exit_code(error.kind()), exit_code(ErrorKind::data)) << what;
  }
}

TEST(TensorDamage, NoSingleByteChangesTheMeaning) {
  TemporaryDirectory folder;
  const std::string good = sample_file(folder);
  const TensorFile original = read_tensor_file(folder.file("sample"));
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const unsigned flip : {1U, 2U, 16U, 0x80U}) {
      std::string bad = good;
      bad[i] = static_cast<char>(static_cast<unsigned char>(bad[i]) ^ flip);
      write_text(folder.file("x"), bad);
      expect_refused_or_same(folder.file("x"), original,
                             "byte " + std::to_string(i) + " flipped by " + std::to_string(flip));
    }
}

TEST(TensorDamage, NoTruncationIsAccepted) {
  TemporaryDirectory folder;
  const std::string good = sample_file(folder);
  for (std::size_t size = 0; size < good.size(); ++size) {
    write_text(folder.file("x"), good.substr(0, size));
    expect_error(ErrorKind::data, {folder.file("x")}, [&] { (void)read_tensor_file(folder.file("x")); });
  }
}

// Files in which every part can be true by itself, and is not the part that was written.
TEST(TensorDamage, ConsistentChangesAreDamage) {
  TemporaryDirectory folder;
  const std::string good = sample_file(folder);
  const auto refuses = [&](const std::string& from, const std::string& to) {
    std::string bad = good;
    const std::size_t at = bad.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    bad.replace(at, from.size(), to);
    write_text(folder.file("x"), bad);
    expect_error(ErrorKind::data, {"is damaged", "use an undamaged copy"},
                 [&] { (void)read_tensor_file(folder.file("x")); });
  };
  refuses("\"shape\":[2,2]", "\"shape\":[4,1]");
  refuses("\"dtype\":\"U64\"", "\"dtype\":\"I64\"");
  refuses("\"epoch\":\"3\"", "\"epoch\":\"4\"");
  refuses("\"w\":", "\"u\":");
  std::string swapped = good;
  std::swap(swapped[good.find("\"w\":") + 1], swapped[good.find("\"v\":") + 1]);
  refuses(good, swapped);
}

// Several edits at once, without the checksum that would hide what lies behind it.
TEST(TensorDamage, ArbitraryBytesNeverCrash) {
  TemporaryDirectory folder;
  const std::string header = header_of({"\"__metadata__\":{\"format\":\"x\"}", tensor("a", "F32", "[2,1]", "[0,8]"),
                                        tensor("b", "U8", "[3]", "[8,11]")});
  const std::string good = raw_file(header, "12345678abc");
  const std::string digits = "0123456789[]{},:\"-eFUI";
  std::mt19937 random(1);
  int read = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string bad = good;
    for (unsigned edits = random() % 3 + 1; edits > 0; --edits) {
      const std::size_t at = random() % bad.size();
      switch (random() % 5) {
        case 0:
          bad[at] = static_cast<char>(random());
          break;
        case 1:
          bad[at] = digits[random() % digits.size()];
          break;
        case 2:
          bad.erase(at, random() % 4);
          break;
        case 3:
          bad.insert(at, 1, digits[random() % digits.size()]);
          break;
        default:
          bad.insert(at, bad.substr(random() % bad.size(), random() % 40));
          break;
      }
      if (bad.empty()) bad.assign(1, 'x');
    }
    if (bad.size() > 8 && random() % 2 == 0) bad[0] = static_cast<char>(header.size() + bad.size() - good.size());
    write_text(folder.file("x"), bad);
    try {
      const TensorFile file = read_tensor_file(folder.file("x"), Checksum::optional);
      std::ptrdiff_t zeros = 0;  // reads every byte, for the sanitizers
      for (const NamedTensor& entry : file.tensors) zeros += std::ranges::count(entry.bytes, std::byte{0});
      EXPECT_LE(zeros, std::ssize(bad));
      ++read;
    } catch (const Error& error) {
      EXPECT_EQ(exit_code(error.kind()), exit_code(ErrorKind::data)) << error.what();
    }
  }
  EXPECT_GT(read, 100) << "the edits are so coarse that nothing gets past the first check";
}

}  // namespace
}  // namespace millrace
