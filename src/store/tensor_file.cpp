// SPDX-License-Identifier: Apache-2.0
#include "store/tensor_file.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <set>
#include <string_view>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "base/input_file.hpp"
#include "base/utf8.hpp"
#include "store/checksum.hpp"
#include "store/tensor_header.hpp"

namespace millrace {

static_assert(std::endian::native == std::endian::little, "files hold numbers in little-endian order");

namespace {

constexpr std::string_view who = "safetensors";

void check_text(const std::string& path, std::string_view what, const std::string& text) {
  if (!is_utf8(text))
    fail(ErrorKind::usage, who,
         "'" + path + "' would hold a " + std::string(what) + " that is not UTF-8: '" + text + "', expected UTF-8");
}

void require_size(const std::string& path, const NamedTensor& tensor, std::uint64_t bytes) {
  if (bytes == byte_count(tensor.dtype, tensor.shape)) return;
  fail(ErrorKind::internal, who,
       "tensor '" + tensor.name + "' of '" + path + "' has " + std::to_string(bytes) + " bytes, expected " +
           std::string(dtype_text(tensor.dtype)) + " of shape " + shape_text(tensor.shape));
}

// Calls sink(piece) for a tensor's bytes in order.
void give_bytes(const std::string& path, const NamedTensor& tensor, const ByteSink& sink) {
  if (!tensor.source) return sink(tensor.bytes);
  std::uint64_t given = 0;
  tensor.source([&](std::span<const std::byte> piece) {
    given += piece.size();
    sink(piece);
  });
  require_size(path, tensor, given);
}

void check(const std::string& path, const TensorFile& file) {
  for (const auto& [key, text] : file.metadata) {
    check_text(path, "metadata key", key);
    check_text(path, "metadata text", text);
    if (key == checksum_key)
      fail(ErrorKind::internal, who,
           "metadata of '" + path + "' has a key 'checksum', expected another: this one is the file's own");
  }
  std::set<std::string_view> names;
  for (const NamedTensor& tensor : file.tensors) {
    const std::string named = "tensor '" + tensor.name + "' of '" + path + "'";
    check_text(path, "tensor name", tensor.name);
    if (tensor.name == metadata_key || !names.insert(tensor.name).second)
      fail(ErrorKind::internal, who, named + " has a name that is taken, expected another");
    // The bytes of a source are counted when it gives them.
    require_size(path, tensor,
                 tensor.source ? byte_count(tensor.dtype, tensor.shape).value_or(0) : tensor.bytes.size());
  }
}

// Covers everything that a reader uses. The JSON is not hashed as text, so other programs may format it differently.
std::string checksum_of(const std::string& path, const TensorHeader& header, const std::vector<NamedTensor>& tensors) {
  ChecksumStream stream;
  for (const auto& [key, text] : header.metadata) {
    if (key == checksum_key) continue;
    stream.add_text(key);
    stream.add_text(text);
  }
  std::map<std::string_view, const TensorPlace*> by_name;
  for (const TensorPlace& tensor : header.tensors) by_name[tensor.name] = &tensor;
  for (const auto& [name, tensor] : by_name) {
    stream.add_text(name);
    stream.add_text(dtype_text(tensor->dtype));
    stream.add_text(shape_text(tensor->shape));
    stream.add_text(std::to_string(tensor->begin));
  }
  stream.add_text(std::to_string(by_name.size()));
  for (const NamedTensor& tensor : tensors)
    give_bytes(path, tensor, [&](std::span<const std::byte> piece) { stream.add(piece); });
  return stream.hex();
}

// The tensors in the order of the file.
std::vector<NamedTensor> in_file_order(std::vector<NamedTensor> tensors) {
  std::ranges::stable_sort(tensors, std::greater<>(), [](const NamedTensor& tensor) { return size_of(tensor.dtype); });
  return tensors;
}

// The header's JSON, with the checksum.
std::string header_of(const std::string& name, const TensorFile& file, const std::vector<NamedTensor>& tensors) {
  TensorHeader header{file.metadata, {}};
  std::uint64_t end = 0;
  for (const NamedTensor& tensor : tensors) {
    const std::uint64_t begin = end;
    end += byte_count(tensor.dtype, tensor.shape).value();
    header.tensors.push_back({tensor.name, tensor.dtype, tensor.shape, begin, end});
  }
  header.metadata[std::string(checksum_key)] = checksum_of(name, header, tensors);

  std::string text = header_text(header);
  if (text.size() > greatest_header)
    fail(ErrorKind::usage, who,
         "'" + name + "' would have a header of " + std::to_string(text.size()) + " bytes, expected at most " +
             std::to_string(greatest_header));
  return text;
}

[[noreturn]] void refuse(const std::string& name, const std::string& text) {
  fail(ErrorKind::data, who, "'" + name + "' " + text);
}

void require_length(std::uint64_t file_bytes, const std::string& name) {
  if (file_bytes < length_bytes)
    refuse(name, "has " + std::to_string(file_bytes) + " bytes, expected a safetensors file");
}

// The length of the header, which is in the first bytes of a file.
std::uint64_t header_length(std::span<const std::byte> begin, std::uint64_t file_bytes, const std::string& name) {
  std::uint64_t length = 0;
  std::memcpy(&length, begin.data(), length_bytes);
  if (length > greatest_header || length > file_bytes - length_bytes)
    refuse(name, "is not a safetensors file, or damaged: it announces a header of " + std::to_string(length) +
                     " bytes in a file of " + std::to_string(file_bytes) +
                     ", expected a complete safetensors file with a header of at most " +
                     std::to_string(greatest_header) + " bytes");
  return length;
}

// The JSON of the header.
std::string_view header_in(std::span<const std::byte> bytes, const std::string& name) {
  require_length(bytes.size(), name);
  return {reinterpret_cast<const char*>(bytes.data()) + length_bytes, header_length(bytes, bytes.size(), name)};
}

}  // namespace

const NamedTensor* find_tensor(const TensorFile& file, std::string_view name) {
  const auto at = std::find_if(file.tensors.begin(), file.tensors.end(),
                               [&](const NamedTensor& tensor) { return tensor.name == name; });
  return at == file.tensors.end() ? nullptr : &*at;
}

void write_tensors(const TensorFile& file, const std::string& name, const ByteSink& sink) {
  check(name, file);
  const std::vector<NamedTensor> tensors = in_file_order(file.tensors);
  const std::string header = header_of(name, file, tensors);
  const std::uint64_t length = header.size();
  sink(std::as_bytes(std::span(&length, 1)));
  sink(std::as_bytes(std::span(header)));
  for (const NamedTensor& tensor : tensors) give_bytes(name, tensor, sink);
}

void write_tensor_file(const std::string& path, const TensorFile& file) {
  AtomicFile out(path);
  write_tensors(file, path, [&](std::span<const std::byte> piece) { out.write(piece); });
  out.commit();
}

TensorFile parse_tensors(std::span<const std::byte> bytes, const std::string& name, Checksum checksum,
                         std::shared_ptr<const void> storage) {
  const std::string_view text = header_in(bytes, name);
  const std::span<const std::byte> data = bytes.subspan(length_bytes + text.size());
  TensorHeader header = parse_header(name, text, data.size());
  TensorFile file{{}, {}, std::move(storage)};
  for (const TensorPlace& tensor : header.tensors)
    file.tensors.push_back(
        {tensor.name, tensor.dtype, tensor.shape, data.subspan(tensor.begin, tensor.end - tensor.begin)});

  const auto stated = header.metadata.find(std::string(checksum_key));
  if (stated == header.metadata.end() && checksum == Checksum::required)
    refuse(name, "has no checksum, expected a file that millrace wrote");
  if (stated != header.metadata.end()) {
    const std::string actual = checksum_of(name, header, file.tensors);
    if (stated->second != actual)
      refuse(name,
             "is damaged: its checksum is " + actual + ", expected " + stated->second + "; use an undamaged copy");
    header.metadata.erase(stated);
  }
  file.metadata = std::move(header.metadata);
  return file;
}

std::map<std::string, std::string> read_tensor_metadata(const std::string& path) {
  InputFile in(path, std::string(who));
  require_length(in.size(), path);
  std::array<std::byte, length_bytes> begin{};
  in.read(begin);
  std::string text(header_length(begin, in.size(), path), '\0');
  in.read(std::as_writable_bytes(std::span(text)));
  return parse_header(path, text, in.size() - length_bytes - text.size()).metadata;
}

TensorFile read_tensor_file(const std::string& path, Checksum checksum) {
  InputFile in(path, std::string(who));
  const auto storage = std::make_shared_for_overwrite<std::byte[]>(in.size());
  const std::span<std::byte> bytes(storage.get(), in.size());
  in.read(bytes);
  return parse_tensors(bytes, path, checksum, storage);
}

}  // namespace millrace
