// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/descriptor.hpp"
#include "base/fail.hpp"
#include "base/index.hpp"
#include "base/system_error.hpp"
#include "table/cache/format.hpp"
#include "threads/run_jobs.hpp"

namespace millrace {

namespace {

constexpr std::string_view who = "cache";

class CacheFile {
 public:
  CacheFile(const std::string& path, bool writable) : path_(path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (file.number() < 0 || ::fstat(file.number(), &status) != 0) refuse_errno();
    size_ = S_ISREG(status.st_mode) ? status.st_size : 0;
    if (size_ < values_at) refuse("is no cache of a table");
    // Private: a target that becomes classes is written to, and the file stays as it is.
    void* const pages =
        ::mmap(nullptr, size_, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_PRIVATE, file.number(), 0);
    if (pages == MAP_FAILED) refuse_errno();
    bytes_ = std::shared_ptr<char>(static_cast<char*>(pages), [size = size_](char* data) { ::munmap(data, size); });
    read_header();
  }

  [[nodiscard]] const CacheHeader& header() const { return header_; }
  [[nodiscard]] const std::shared_ptr<char>& bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::uint64_t values_size() const { return header_.rows * header_.columns * sizeof(float); }
  [[nodiscard]] std::uint64_t dates_at() const { return values_at + (values_size() + 7) / 8 * 8; }
  [[nodiscard]] std::string_view description() const {
    return {bytes_.get() + header_.description_at, header_.description_size};
  }

  [[noreturn]] void refuse(const std::string& problem) const {
    fail(ErrorKind::data, who,
         "'" + path_ + "' " + problem + ", expected one of this table: remove it, and it is made anew");
  }
  [[noreturn]] void refuse_damage() const { refuse("is damaged"); }

 private:
  [[noreturn]] void refuse_errno() const {
    const int code = errno;
    fail(kind_of_read_error(code), who,
         "'" + path_ + "' cannot be read (" + system_text(code) + "), expected " +
             expected_of(code, "a cache of a table"));
  }

  void read_header() {
    std::memcpy(&header_, bytes_.get(), sizeof header_);
    if (std::string_view(header_.magic, sizeof header_.magic) != cache_magic) refuse("is no cache of a table");
    if (header_.version != cache_version)
      refuse("has version " + std::to_string(header_.version) + ", this program reads version " +
             std::to_string(cache_version));
    if (header_.sum != header_sum(header_)) refuse_damage();
    if (header_.file_size != size_)
      refuse("has " + std::to_string(size_) + " of " + std::to_string(header_.file_size) + " bytes: it was cut off");
    std::uint64_t values = 0, dates = 0;
    const bool overflow = __builtin_mul_overflow(header_.rows, header_.columns, &values) ||
                          __builtin_mul_overflow(values, sizeof(float), &values) ||
                          __builtin_mul_overflow(header_.rows, header_.dates, &dates) ||
                          __builtin_mul_overflow(dates, sizeof(double), &dates) || values > size_ || dates > size_;
    if (overflow || dates_at() + dates != header_.description_at ||
        header_.description_at + header_.description_size != size_)
      refuse_damage();
    if (header_.description_sum != checksum_of(description().data(), description().size())) refuse_damage();
  }

  std::string path_;
  std::uint64_t size_ = 0;
  std::shared_ptr<char> bytes_;
  CacheHeader header_{};
};

class TableFrom {
 public:
  TableFrom(const CacheFile& file, const CacheDescription& description, int threads,
            const std::optional<RowStorage>& storage)
      : file_(file), description_(description), threads_(threads), storage_(storage) {}

  Table table() {
    check_columns();
    const CacheHeader& header = file_.header();
    Table table{.columns = description_.columns,
                .values = {},
                .dates = {},
                .source = description_.source_name,
                .rows = static_cast<std::int64_t>(header.rows)};
    const auto rows = table.rows, columns = static_cast<std::int64_t>(header.columns);
    char* const values = file_.bytes().get() + values_at;
    char* to = nullptr;
    if (storage_) {
      storage_->watch(file_.bytes().get(), static_cast<std::int64_t>(file_.size()), file_.bytes());
      table.values = storage_->matrix(rows, columns);
      if (rows > 0) to = static_cast<char*>(static_cast<void*>(table.values.row(0)));
    } else {
      void* const floats = values;
      table.values = Matrix({file_.bytes(), static_cast<float*>(floats)}, rows, columns);
    }
    check(values, file_.values_size(), description_.value_sums, to);
    const char* const dates = file_.bytes().get() + file_.dates_at();
    check(dates, header.rows * header.dates * sizeof(double), description_.date_sums, nullptr);
    for (std::uint64_t i = 0; i < header.dates; ++i) {
      std::vector<double>& column = table.dates.emplace_back(header.rows);
      // A table without rows has no memory for them, and memcpy takes no null.
      if (rows > 0) std::memcpy(column.data(), dates + i * header.rows * sizeof(double), header.rows * sizeof(double));
    }
    return table;
  }

 private:
  void check_columns() const {
    for (const TableColumn& column : description_.columns) {
      if (column.kind == ColumnKind::ignored) continue;
      const std::uint64_t places = column.kind == ColumnKind::date ? file_.header().dates : file_.header().columns;
      const bool inside = column.place >= 0 && static_cast<std::uint64_t>(column.place) < places;
      const auto dates = static_cast<std::int64_t>(file_.header().dates);
      if (!inside || column.exact < -1 || column.exact >= dates || column.missing < 0 ||
          static_cast<std::uint64_t>(column.missing) > file_.header().rows)
        file_.refuse_damage();
    }
  }

  // Compares the checksum of every block, and copies it to `to` unless that is null.
  void check(const char* bytes, std::uint64_t size, const std::vector<std::uint64_t>& sums, char* to) const {
    const auto blocks = static_cast<std::int64_t>((size + block_size - 1) / block_size);
    if (std::ssize(sums) != blocks) file_.refuse_damage();
    run_jobs(blocks, threads_, [&](std::int64_t block) {
      const std::uint64_t at = block * block_size, count = std::min(block_size, size - at);
      if (storage_) storage_->passed(static_cast<std::int64_t>(to == nullptr ? count : 2 * count));
      if (to != nullptr) std::memcpy(to + at, bytes + at, count);
      if (checksum_of(to == nullptr ? bytes + at : to + at, count) != sums[block]) file_.refuse_damage();
    });
  }

  const CacheFile& file_;
  const CacheDescription& description_;
  const int threads_;
  const std::optional<RowStorage>& storage_;
};

}  // namespace

std::optional<CachedTable> read_table_cache(const std::string& path, const CacheKey& key) {
  std::error_code code;
  if (!std::filesystem::exists(path, code)) return std::nullopt;
  const std::optional<RowStorage>& storage = key.options.storage;
  const CacheFile file(path, !storage);
  CacheDescription description = read_description(file.description(), [&] { file.refuse_damage(); });
  const std::string difference = difference_of_sources(description.sources, cache_sources(key.paths));
  if (!difference.empty()) file.refuse("is a cache " + difference);
  if (description.options != options_bytes(key.options))
    fail(
        ErrorKind::usage, who,
        "'" + path +
            "' was made with another target, other kinds or ignored columns, or another form of the text, expected the "
            "same: give another file for these, or remove this one");
  CachedTable cached{TableFrom(file, description, key.options.threads, storage).table(), std::move(description.notes)};
  return cached;
}

}  // namespace millrace
