// SPDX-License-Identifier: Apache-2.0
//
// This covers caches of tables: what is written is read, and anything else is refused.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>

#include "millrace/row_storage.hpp"
#include "millrace/table_cache.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"
#include "table/cache/format.hpp"

namespace millrace {
namespace {

using test::expect_error;

class TableCache : public testing::Test {
 protected:
  void SetUp() override {
    std::string text = "age,city,when,member,unused,y\n";
    for (int i = 0; i < 500; ++i) {
      text += (i % 7 == 0 ? "" : std::to_string(i * 0.25)) + ",\"city, \"\"" + std::to_string(i % 5) + "\"\"\",";
      text += (i % 9 == 0 ? "NA" : "2024-05-" + std::to_string(10 + i % 20)) + std::string(i % 2 == 0 ? ",yes" : ",no");
      text += ",x" + std::to_string(i) + "," + std::to_string(i % 3) + "\n";
    }
    key_.paths = {folder_.write("t.csv", text)};
    key_.options = {.target = "y", .ignore = {"unused"}, .kinds = {{"city", ColumnKind::category}}};
    made_ = {read_table(key_.paths, key_.options), {"a note"}};
    write_table_cache(path(), key_, made_);
  }
  [[nodiscard]] std::string path() const { return folder_.file("t.cache"); }
  void refuses(ErrorKind kind, std::initializer_list<std::string> parts, int line = __builtin_LINE()) {
    expect_error(
        kind, parts, [&] { return read_table_cache(path(), key_); }, __FILE__, line);
  }
  static void expect_equal(const Table& a, const Table& b) {
    ASSERT_EQ(a.rows, b.rows);
    ASSERT_EQ(std::ssize(a.columns), std::ssize(b.columns));
    for (std::int64_t c = 0; c < std::ssize(a.columns); ++c) {
      const TableColumn &x = a.columns[c], &y = b.columns[c];
      EXPECT_EQ(x.name, y.name);
      EXPECT_EQ(x.kind, y.kind);
      EXPECT_EQ(x.place, y.place);
      EXPECT_EQ(x.missing, y.missing);
      EXPECT_EQ(x.levels, y.levels);
      EXPECT_EQ(x.obstacles, y.obstacles);
    }
    const auto same = [](double p, double q) { return p == q || (std::isnan(p) && std::isnan(q)); };
    ASSERT_EQ(a.values.values().size(), b.values.values().size());
    for (std::size_t i = 0; i < a.values.values().size(); ++i)
      ASSERT_TRUE(same(a.values.values()[i], b.values.values()[i])) << i;
    ASSERT_EQ(a.dates.size(), b.dates.size());
    for (std::size_t c = 0; c < a.dates.size(); ++c) {
      for (std::int64_t r = 0; r < a.rows; ++r) ASSERT_TRUE(same(a.dates[c][r], b.dates[c][r]));
    }
    EXPECT_EQ(a.source, b.source);
  }
  // Changes a byte of the file.
  void damage(std::size_t at) {
    std::string bytes = test::read_text(path());
    bytes[at] ^= 1;
    folder_.write("t.cache", bytes);
  }

  test::TemporaryDirectory folder_;
  CacheKey key_;
  CachedTable made_;
};

TEST_F(TableCache, GivesTheTableThatWasRead) {
  const std::optional<CachedTable> cached = read_table_cache(path(), key_);
  ASSERT_TRUE(cached);
  expect_equal(cached->table, made_.table);
  EXPECT_EQ(cached->notes, made_.notes);
  EXPECT_EQ(cached->table.column("y").levels, (std::vector<std::string>{"0", "1", "2"}));
}

TEST_F(TableCache, StaysAsItIsWhenTheTableIsWrittenTo) {
  const std::string before = test::read_text(path());
  std::optional<CachedTable> cached = read_table_cache(path(), key_);
  for (std::int64_t r = 0; r < cached->table.rows; ++r) cached->table.values.row(r)[0] = 7;
  cached.reset();
  EXPECT_EQ(test::read_text(path()), before);
  expect_equal(read_table_cache(path(), key_)->table, made_.table);
}

TEST_F(TableCache, FillsAStorage) {
  key_.options.storage = RowStorage(std::int64_t{4} << 30, folder_.path());
  expect_equal(read_table_cache(path(), key_)->table, made_.table);
}

TEST_F(TableCache, IsNothingWithoutAFile) {
  EXPECT_EQ(read_table_cache(folder_.file("none.cache"), key_), std::nullopt);
}

TEST_F(TableCache, KnowsItsSourceByContentWhereItsTimeChanged) {
  std::filesystem::last_write_time(key_.paths[0], std::filesystem::file_time_type::clock::now());
  EXPECT_TRUE(read_table_cache(path(), key_)) << "touched";
  const std::string text = test::read_text(key_.paths[0]);
  std::filesystem::rename(key_.paths[0], folder_.file("u.csv"));
  key_.paths = {folder_.file("u.csv")};
  EXPECT_TRUE(read_table_cache(path(), key_)) << "renamed";
  std::string other = text;
  other[text.size() - 2] = '0';
  key_.paths = {folder_.write("t.csv", other)};
  refuses(ErrorKind::data, {"[cache]", "t.cache' is a cache before ", "t.csv' changed", "remove it"});
  key_.paths = {folder_.write("v.csv", other)};
  refuses(ErrorKind::data, {"which differs from", "v.csv"});
  key_.paths = {folder_.write("t.csv", text + "1,2,3,yes,x,0\n")};
  refuses(ErrorKind::data, {"is a cache of", std::to_string(text.size()) + " bytes", "t.csv' has "});
  key_.paths.push_back(key_.paths[0]);
  refuses(ErrorKind::data, {"is a cache of 1 file, not of these 2"});
  key_.paths = {folder_.file("missing.csv")};
  refuses(ErrorKind::data, {"missing.csv cannot be read"});
}

TEST_F(TableCache, IsRefusedWithOtherOptions) {
  const TableOptions made = key_.options;
  for (const TableOptions& options : {TableOptions{.target = "age"}, TableOptions{.target = "y"},
                                      TableOptions{.target = "y", .ignore = {"unused"}}}) {
    key_.options = options;
    refuses(ErrorKind::usage, {"was made with another target, other kinds"});
  }
  key_.options = made;
  key_.options.format.decimal = ',';
  refuses(ErrorKind::usage, {"another form of the text"});
  key_.options = made;
  key_.options.threads = 3;
  EXPECT_TRUE(read_table_cache(path(), key_));
}

TEST_F(TableCache, IsRefusedIfItIsCutOff) {
  const std::string bytes = test::read_text(path());
  for (const std::size_t size : {bytes.size() - 1, bytes.size() / 2, std::size_t{4096}}) {
    folder_.write("t.cache", bytes.substr(0, size));
    refuses(ErrorKind::data,
            {"t.cache' has " + std::to_string(size) + " of " + std::to_string(bytes.size()) + " bytes"});
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{20}, std::size_t{4095}}) {
    folder_.write("t.cache", bytes.substr(0, size));
    refuses(ErrorKind::data, {"is no cache of a table"});
  }
  folder_.write("t.cache", bytes + "x");
  refuses(ErrorKind::data, {"t.cache' has "});
}

TEST_F(TableCache, IsRefusedIfItIsDamaged) {
  const std::string bytes = test::read_text(path());
  for (const std::size_t at :
       {std::size_t{30}, std::size_t{4096}, std::size_t{4097}, bytes.size() / 2, bytes.size() - 1}) {
    damage(at);
    refuses(ErrorKind::data, {"t.cache' is damaged"});
    folder_.write("t.cache", bytes);
  }
  damage(0);
  refuses(ErrorKind::data, {"is no cache of a table"});
  folder_.write("t.cache", std::string(10000, 'x'));
  refuses(ErrorKind::data, {"is no cache of a table"});
}

TEST_F(TableCache, OfAnotherVersionIsRefused) {
  std::string bytes = test::read_text(path());
  for (const char* const version : {"3", "5"}) {
    bytes[offsetof(CacheHeader, version)] = static_cast<char>(*version - '0');
    folder_.write("t.cache", bytes);
    refuses(ErrorKind::data, {"t.cache' has version " + std::string(version) + ", this program reads version 4",
                              "remove it, and it is made anew"});
  }
}

// Checksums that fit do not make the description true.
TEST_F(TableCache, ThatContradictsItselfIsRefused) {
  const std::string whole = test::read_text(path());
  CacheHeader header{};
  std::memcpy(&header, whole.data(), sizeof header);
  const auto refuses_with = [&](CacheHeader changed, const std::string& description) {
    std::string bytes = whole.substr(0, header.description_at) + description;
    changed.description_size = description.size();
    changed.description_sum = checksum_of(description.data(), description.size());
    changed.file_size = bytes.size();
    changed.sum = header_sum(changed);
    std::memcpy(bytes.data(), &changed, sizeof changed);
    folder_.write("t.cache", bytes);
    refuses(ErrorKind::data, {"is damaged"});
  };
  const std::string description = whole.substr(header.description_at);
  for (std::size_t size = 0; size < description.size(); size += 7) refuses_with(header, description.substr(0, size));
  refuses_with(header, description + std::string(8, '\0'));
  CacheHeader changed = header;
  changed.rows = std::uint64_t{1} << 62;
  refuses_with(changed, description);
  changed = header;
  changed.rows = 1;
  refuses_with(changed, description);
  changed = header;
  changed.dates = ~std::uint64_t{0};
  refuses_with(changed, description);
  CacheDescription bad = read_description(description, [] { FAIL(); });
  bad.columns[0].place = 5;
  refuses_with(header, description_bytes(bad));
  bad.columns[0].place = -1;
  refuses_with(header, description_bytes(bad));
  bad.columns[0].place = 0;
  bad.value_sums.push_back(1);
  refuses_with(header, description_bytes(bad));
}

TEST_F(TableCache, OfAPipeIsRefused) {
  key_.paths = {"/dev/null"};
  expect_error(ErrorKind::usage, {"[cache] the rows come from /dev/null, expected a file"},
               [&] { write_table_cache(path(), key_, made_); });
}

}  // namespace
}  // namespace millrace
