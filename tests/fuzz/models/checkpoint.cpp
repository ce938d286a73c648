// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "fuzz/harness.hpp"
#include "fuzz/models/models.hpp"
#include "millrace/model.hpp"
#include "model/files/failure.hpp"
#include "store/tensor_file.hpp"
#include "store/tensor_header.hpp"

namespace millrace::fuzz {

namespace {

// The file with the checksum that it should have, because nearly all inputs of the fuzzer have a wrong one.
std::vector<std::byte> with_checksum(std::string_view bytes) {
  const auto all = std::as_bytes(std::span(bytes));
  if (bytes.size() < length_bytes) return {all.begin(), all.end()};
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), length_bytes);
  if (length > bytes.size() - length_bytes) return {all.begin(), all.end()};
  const auto data = all.subspan(length_bytes + length);
  const TensorHeader header = parse_header("fuzz", bytes.substr(length_bytes, length), data.size());
  TensorFile file{header.metadata, {}, nullptr};
  file.metadata.erase(std::string(checksum_key));
  for (const TensorPlace& tensor : header.tensors)
    file.tensors.push_back({.name = tensor.name,
                            .dtype = tensor.dtype,
                            .shape = tensor.shape,
                            .bytes = data.subspan(tensor.begin, tensor.end - tensor.begin)});
  std::vector<std::byte> whole;
  write_tensors(file, "fuzz",
                [&](std::span<const std::byte> piece) { whole.insert(whole.end(), piece.begin(), piece.end()); });
  return whole;
}

}  // namespace

void fuzz_failure(std::string_view bytes) {
  const std::vector<std::byte> whole = with_checksum(bytes);
  static_cast<void>(replay_failure(file_of({reinterpret_cast<const char*>(whole.data()), whole.size()}, ".bundle"), 1));
}

void fuzz_checkpoint(std::string_view bytes) { use(Model::load_checkpoint(with_checksum(bytes))); }

}  // namespace millrace::fuzz
