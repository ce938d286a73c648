// SPDX-License-Identifier: Apache-2.0
#include "store/tensor_file.hpp"

#include <algorithm>
#include <bit>
#include <set>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/input_file.hpp"
#include "base/utf8.hpp"
#include "millrace/error.hpp"
#include "store/checksum.hpp"
#include "store/tensor_header.hpp"

namespace millrace {

static_assert(std::endian::native == std::endian::little, "numbers go to the file as they lie in memory");

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
    // What a source gives is counted while it gives it.
    require_size(path, tensor,
                 tensor.source ? byte_count(tensor.dtype, tensor.shape).value_or(0) : tensor.bytes.size());
  }
}

// Over everything a reader acts on. The header's JSON is not hashed as text, so other programs may lay it out anew.
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

}  // namespace

void write_tensor_file(const std::string& path, const TensorFile& file) {
  check(path, file);
  std::vector<NamedTensor> tensors = file.tensors;
  std::ranges::stable_sort(tensors, std::greater<>(), [](const NamedTensor& tensor) { return size_of(tensor.dtype); });

  TensorHeader header{file.metadata, {}};
  std::uint64_t end = 0;
  for (const NamedTensor& tensor : tensors) {
    const std::uint64_t begin = end;
    end += byte_count(tensor.dtype, tensor.shape).value();
    header.tensors.push_back({tensor.name, tensor.dtype, tensor.shape, begin, end});
  }
  header.metadata[std::string(checksum_key)] = checksum_of(path, header, tensors);

  const std::string text = header_text(header);
  const std::uint64_t length = text.size();
  if (length > greatest_header)
    fail(ErrorKind::usage, who,
         "'" + path + "' would have a header of " + std::to_string(length) + " bytes, expected at most " +
             std::to_string(greatest_header));
  AtomicFile out(path);
  out.write(std::as_bytes(std::span(&length, 1)));
  out.write(text);
  for (const NamedTensor& tensor : tensors)
    give_bytes(path, tensor, [&](std::span<const std::byte> piece) { out.write(piece); });
  out.commit();
}

TensorFile read_tensor_file(const std::string& path, Checksum checksum) {
  InputFile in(path, std::string(who));
  if (in.size() < length_bytes) in.refuse("has " + std::to_string(in.size()) + " bytes, expected a safetensors file");
  std::uint64_t length = 0;
  in.read(std::as_writable_bytes(std::span(&length, 1)));
  if (length > greatest_header || length > in.size() - length_bytes)
    in.refuse("announces a header of " + std::to_string(length) + " bytes in a file of " + std::to_string(in.size()) +
              ", expected a complete safetensors file with a header of at most " + std::to_string(greatest_header) +
              " bytes");
  std::string text(length, '\0');
  in.read(std::as_writable_bytes(std::span(text)));
  const std::uint64_t data_size = in.size() - length_bytes - length;
  TensorHeader header = parse_header(path, text, data_size);

  const auto storage = std::make_shared_for_overwrite<std::byte[]>(data_size);
  in.read({storage.get(), data_size});
  TensorFile file{{}, {}, storage};
  for (const TensorPlace& tensor : header.tensors)
    file.tensors.push_back(
        {tensor.name, tensor.dtype, tensor.shape, {storage.get() + tensor.begin, tensor.end - tensor.begin}});

  const auto stated = header.metadata.find(std::string(checksum_key));
  if (stated == header.metadata.end() && checksum == Checksum::required)
    in.refuse("has no checksum, expected a file that millrace wrote");
  if (stated != header.metadata.end()) {
    const std::string actual = checksum_of(path, header, file.tensors);
    if (stated->second != actual)
      in.refuse("is damaged: its checksum is " + actual + ", expected " + stated->second + "; use an undamaged copy");
    header.metadata.erase(stated);
  }
  file.metadata = std::move(header.metadata);
  return file;
}

void detail::require_numbers(const NamedTensor& tensor, Dtype dtype, std::size_t count) {
  if (tensor.dtype == dtype && tensor.bytes.size() == count * size_of(dtype)) return;
  fail(ErrorKind::data, who,
       "tensor '" + tensor.name + "' is " + std::string(dtype_text(tensor.dtype)) + " of shape " +
           shape_text(tensor.shape) + ", expected " + std::to_string(count) + " numbers of type " +
           std::string(dtype_text(dtype)));
}

}  // namespace millrace
