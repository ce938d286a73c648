// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cerrno>
#include <cmath>

#include "millrace/arrow.hpp"
#include "support/expect_error.hpp"
#include "table/arrow/made_stream.hpp"
#include "table/column_values.hpp"

namespace millrace {
namespace {

using test::expect_error;
using test::MadeArray;
using test::MadeBatch;
using test::MadeColumn;
using test::MadeStream;
using test::numbers;
using test::raw;
using test::texts;
using test::values_of;
using test::with_nulls;
using Doubles = std::vector<double>;
using Texts = std::vector<std::string>;

Table read(std::vector<MadeBatch> batches, const TableOptions& options = {}) {
  MadeStream made(std::move(batches));
  Table table = read_arrow(&made.stream, options);
  EXPECT_EQ(made.released, 1);
  EXPECT_EQ(made.arrays_alive, 0);
  return table;
}

template <class Item>
Doubles through(const std::string& format, const std::vector<Item>& items) {
  return values_of(read({{{format, "x", numbers(items)}}}), "x");
}

TEST(Arrow, NumbersOfEveryWidth) {
  EXPECT_EQ(through<std::int8_t>("c", {-1, 2}), (Doubles{-1, 2}));
  EXPECT_EQ(through<std::uint8_t>("C", {255}), (Doubles{255}));
  EXPECT_EQ(through<std::int16_t>("s", {-300}), (Doubles{-300}));
  EXPECT_EQ(through<std::uint16_t>("S", {65535}), (Doubles{65535}));
  EXPECT_EQ(through<std::int32_t>("i", {-70000}), (Doubles{-70000}));
  EXPECT_EQ(through<std::uint32_t>("I", {1U << 31}), (Doubles{2147483648.0}));
  EXPECT_EQ(through<std::int64_t>("l", {1LL << 40}), (Doubles{1099511627776.0}));
  EXPECT_EQ(through<std::uint64_t>("L", {1ULL << 63}), (Doubles{9223372036854775808.0}));
  EXPECT_EQ(through<float>("f", {1.5F}), (Doubles{1.5}));
  EXPECT_EQ(through<double>("g", {-2.25, std::nan("")}), (Doubles{-2.25, -999}));
  EXPECT_EQ(through<std::uint16_t>("e", {0x3E00, 0xC000, 0x0001}), (Doubles{1.5, -2, 0x1p-24}));
  MadeArray decimals = numbers<std::uint64_t>({1250, 0, ~0ULL - 99, ~0ULL});
  decimals.length = 2;  // of 128 bits each
  EXPECT_EQ(values_of(read({{{"d:10,2", "x", decimals}}}), "x"), (Doubles{12.5, -1}));
  EXPECT_EQ(through<std::int64_t>("tDm", {1500}), (Doubles{1.5}));
}

// A product of the integer with 0.1 or 0.00001 is 0.30000000000000004 or 3.0000000000000004.
TEST(Arrow, DecimalsAreTheNumbersThatAFileHas) {
  const auto levels = [](const std::string& format, std::uint64_t scaled) {
    MadeArray decimals = numbers<std::uint64_t>({scaled, 0});
    decimals.length = 1;
    return read({{{format, "x", decimals}}}, {.kinds = {{"x", ColumnKind::category}}, .format = {}}).column("x").levels;
  };
  EXPECT_EQ(levels("d:10,1", 3), (Texts{"0.3"}));
  EXPECT_EQ(levels("d:38,5", 300000), (Texts{"3"}));
  EXPECT_EQ(levels("d:5,-2", 7), (Texts{"700"}));
  EXPECT_EQ(levels("d:38,18", 7000000000000000000), (Texts{"7"}));
}

TEST(Arrow, DatesAreSecondsSince1970) {
  const Table table = read({{{"tdD", "a", numbers<std::int32_t>({1, -1})},
                             {"tsu:", "b", with_nulls(numbers<std::int64_t>({1500000, 0}), "\x01")},
                             {"tss:Europe/Rome", "c", numbers<std::int64_t>({7, 8})},
                             {"tdm", "d", numbers<std::int64_t>({86400000, 0})}}});
  EXPECT_EQ(values_of(table, "a"), (Doubles{86400, -86400}));
  EXPECT_EQ(values_of(table, "b"), (Doubles{1.5, -999}));
  EXPECT_EQ(values_of(table, "c"), (Doubles{7, 8}));
  EXPECT_EQ(values_of(table, "d"), (Doubles{86400, 0}));
  EXPECT_EQ(table.column("b").kind, ColumnKind::date);
  EXPECT_EQ(table.column("b").missing, 1);
}

// As 00:01:01 of a file is.
TEST(Arrow, TimesOfTheDayAreDatesWithoutADay) {
  const Table table =
      read({{{"tts", "a", numbers<std::int32_t>({61})}, {"ttu", "b", numbers<std::int64_t>({500000})}}});
  EXPECT_EQ(values_of(table, "a"), (Doubles{61}));
  EXPECT_EQ(values_of(table, "b"), (Doubles{0.5}));
  EXPECT_EQ(table.column("a").kind, ColumnKind::date);
  EXPECT_EQ(table.column("b").kind, ColumnKind::date);
}

TEST(Arrow, BooleansAndTexts) {
  MadeArray bits{.buffers = {"\x07", "\x05"}, .length = 4, .null_count = 1};
  MadeArray large{.buffers = {std::nullopt, raw<std::int64_t>({0, 1, 1, 3, 4}), "babb"}, .length = 4};
  const Table table = read({{{"b", "yes", bits},
                             {"u", "city", texts({"b", "", "a", "b"})},
                             {"U", "long", large},
                             {"n", "none", {.length = 4, .null_count = 4}},
                             {"n", "none of Polars", {.buffers = {std::nullopt}, .length = 4, .null_count = 4}}}});
  EXPECT_EQ(table.column("yes").kind, ColumnKind::boolean);
  EXPECT_EQ(values_of(table, "yes"), (Doubles{1, 0, 1, -999}));
  EXPECT_EQ(table.column("city").levels, (Texts{"a", "b"}));  // an empty text is missing
  EXPECT_EQ(values_of(table, "city"), (Doubles{1, -999, 0, 1}));
  EXPECT_EQ(table.column("long").levels, (Texts{"ab", "b"}));
  EXPECT_EQ(values_of(table, "long"), (Doubles{1, -999, 0, 1}));
  EXPECT_EQ(table.column("none").missing, 4);
  EXPECT_EQ(table.column("none of Polars").missing, 4);
}

// "short" stands in the view itself, a longer text in a buffer of its own.
TEST(Arrow, ViewsOfTexts) {
  const std::string long_text = "a text of more than twelve bytes";
  std::string views = raw<std::int32_t>({5}) + "short" + std::string(7, '\0');
  views += raw<std::int32_t>({static_cast<std::int32_t>(long_text.size())}) + "a te" + raw<std::int32_t>({0, 2});
  const std::string sizes = raw<std::int64_t>({static_cast<std::int64_t>(long_text.size() + 2)});
  const MadeArray array{.buffers = {std::nullopt, views, "xx" + long_text, sizes}, .length = 2};
  EXPECT_EQ(read({{{"vu", "x", array}}}).column("x").levels, (Texts{long_text, "short"}));
  MadeArray lying = array;
  lying.buffers[3] = raw<std::int64_t>({10});
  expect_error(ErrorKind::data, {"column 'x' has a text from byte 2 to 34 of 10"}, [&] {
    return read({{{"vu", "x", lying}}});
  });
  lying = array;
  (*lying.buffers[1])[16 + 8] = 3;
  expect_error(ErrorKind::data, {"has a text in buffer 3, expected one of 1"}, [&] {
    return read({{{"vu", "x", lying}}});
  });
  lying.buffers[1] = raw<std::int32_t>({-5, 0, 0, 0, 0, 0, 0, 0});
  expect_error(ErrorKind::data, {"has a text of -5 bytes"}, [&] { return read({{{"vu", "x", lying}}}); });
}

TEST(Arrow, DictionariesMayDifferFromBatchToBatch) {
  const auto column = [](const std::vector<std::int8_t>& indices, const Texts& words) {
    MadeArray array = numbers(indices);
    array.dictionary = std::make_shared<MadeArray>(texts(words));
    return MadeColumn{"c", "x", array, "u"};
  };
  const Table table = read({{column({0, 1, 0}, {"red", "blue"})}, {column({1, 0}, {"green", "red"})}});
  EXPECT_EQ(table.column("x").levels, (Texts{"blue", "green", "red"}));
  EXPECT_EQ(values_of(table, "x"), (Doubles{2, 0, 2, 2, 1}));
  MadeArray of_numbers = numbers<std::uint32_t>({1, 0});
  of_numbers.dictionary = std::make_shared<MadeArray>(numbers<double>({2.5, 7}));
  EXPECT_EQ(values_of(read({{{"I", "x", of_numbers, "g"}}}), "x"), (Doubles{7, 2.5}));
  expect_error(ErrorKind::data, {"column 'x' has the index 2, expected one below the 2 values"}, [&] {
    return read({{column({2}, {"a", "b"})}});
  });
  expect_error(ErrorKind::data, {"has the index -1"}, [&] { return read({{column({-1}, {"a", "b"})}}); });
  expect_error(ErrorKind::data, {"has indices and no dictionary"}, [&] {
    return read({{{"c", "x", numbers<std::int8_t>({0}), "u"}}});
  });
  MadeColumn fractions = column({0}, {"a"});
  fractions.format = "f";
  fractions.array.buffers[1] = raw<float>({0});
  expect_error(ErrorKind::data, {"has indices that are no integers"}, [&] { return read({{fractions}}); });
}

TEST(Arrow, SlicesAndBatchesAreOneTable) {
  MadeArray slice = numbers<std::int32_t>({9, 1, 2, 9});
  slice.offset = 1;
  slice.length = 2;
  MadeStream made(
      {{{"i", "x", slice}}, {{"i", "x", numbers<std::int32_t>({3, 4, 5})}}, {{"i", "x", numbers<std::int32_t>({})}}});
  made.spoil = [](ArrowArray& batch) {
    if (batch.length != 3) return;
    batch.offset = 1;  // a slice of the batch itself
    batch.length = 2;
  };
  EXPECT_EQ(values_of(read_arrow(&made.stream), "x"), (Doubles{1, 2, 4, 5}));
}

TEST(Arrow, RowsThatTheBatchSaysAreMissing) {
  MadeStream made({{{"i", "x", numbers<std::int32_t>({1, 2, 3})}}});
  made.spoil = [](ArrowArray& batch) {
    static const char bits = 0x05;
    static const void* buffers[1] = {&bits};
    batch.buffers = buffers;
    batch.null_count = 1;
  };
  EXPECT_EQ(values_of(read_arrow(&made.stream), "x"), (Doubles{1, -999, 3}));
}

TEST(Arrow, ColumnsOfOtherTypesAreIgnored) {
  const Table table = read({{{"i", "x", numbers<std::int32_t>({1})},
                             {"+l", "list", {.length = 1}},
                             {"z", "bytes", {.length = 1}},
                             {"d:40,2,256", "wide", {.length = 1}}}});
  for (const char* const name : {"list", "bytes", "wide"}) {
    EXPECT_EQ(table.column(name).kind, ColumnKind::ignored);
    EXPECT_NE(table.column(name).obstacles.at(0).find("cast the column, or ignore it"), std::string::npos);
  }
}

TEST(Arrow, TheTargetIsALabelAsInAFile) {
  const MadeBatch batch{{"u", "kind", texts({"b", "a"})}, {"i", "x", numbers<std::int32_t>({1, 2})}};
  const Table table = read({batch}, {.target = "kind"});
  EXPECT_EQ(table.column("kind").kind, ColumnKind::label);
  EXPECT_EQ(table.source, "arrow");
  expect_error(ErrorKind::usage, {"arrow: unknown target column 'kin'", "'kind'"},
               [&] { return read({batch}, {.target = "kin"}); });
}

TEST(Arrow, AStreamThatFailsSaysWhy) {
  MadeStream made({{{"i", "x", numbers<std::int32_t>({1})}}});
  made.next_code = EIO;
  made.error = "the disk is on fire";
  expect_error(ErrorKind::data, {"[arrow] arrow cannot be read (the disk is on fire)"},
               [&] { return read_arrow(&made.stream); });
  EXPECT_EQ(made.released, 1);
  expect_error(ErrorKind::usage, {"a stream that was released"}, [&] { return read_arrow(&made.stream); });
  MadeStream silent({{{"i", "x", numbers<std::int32_t>({1})}}});
  silent.schema_code = EIO;
  expect_error(ErrorKind::data, {"cannot be read (Input/output error)"}, [&] { return read_arrow(&silent.stream); });
  MadeStream single({{{"i", "x", numbers<std::int32_t>({1})}}});
  single.format = "i";
  expect_error(ErrorKind::data, {"a stream of single arrays, expected record batches"},
               [&] { return read_arrow(&single.stream); });
  MadeStream empty({{{"i", "x", numbers<std::int32_t>({})}}});
  expect_error(ErrorKind::usage, {"arrow has no rows"}, [&] { return read_arrow(&empty.stream); });
  expect_error(ErrorKind::usage, {"released"}, [] { return read_arrow(nullptr); });
}

// The parts of a column that can contradict one another.
TEST(Arrow, ColumnsThatLieAreRefused) {
  const auto refuses = [](const std::string& format, const MadeArray& array, const std::string& part,
                          std::int64_t rows = 2) {
    MadeStream made({{{"i", "n", numbers(std::vector<std::int32_t>(rows))}, {format, "x", array}}});
    expect_error(ErrorKind::data, {"[arrow] column 'x'", part}, [&] { return read_arrow(&made.stream); });
    EXPECT_EQ(made.released, 1) << part;
    EXPECT_EQ(made.arrays_alive, 0) << part;
  };
  MadeArray array = numbers<std::int32_t>({1, 2});
  refuses("i", array, "has 2 values in a batch of 3 rows", 3);
  array.length = -1;
  refuses("i", array, "has the length -1");
  array.length = INT64_MAX;
  refuses("i", array, "whose values fit into memory");
  array.length = 2;
  array.offset = -1;
  refuses("i", array, "at the offset -1");
  array.offset = INT64_MAX;
  refuses("i", array, "whose values fit into memory");
  array.offset = 0;
  array.null_count = 3;
  refuses("i", array, "has 3 nulls in 2 values");
  array.null_count = 1;
  refuses("i", array, "has 1 nulls and no bits");
  array.null_count = 0;
  array.buffers.pop_back();
  refuses("i", array, "has 1 buffers, expected 2");
  array.buffers.emplace_back();
  refuses("i", array, "has values in no buffer");
  refuses("u", array, "has 2 buffers, expected 3");
  MadeArray words = texts({"ab", "c"});
  words.buffers[1] = raw<std::int32_t>({0, 9, 3});
  refuses("u", words, "the text of value 1 from byte 0 to 9 of 3");
  words.buffers[1] = raw<std::int32_t>({0, -1, 3});
  refuses("u", words, "from byte 0 to -1");
  words.buffers[1] = raw<std::int32_t>({2, 1, 3});
  refuses("u", words, "from byte 2 to 1");
  words.buffers[1] = raw<std::int32_t>({0, 1, 3});
  words.buffers[2] = std::nullopt;
  refuses("u", words, "has texts in no buffer");
}

TEST(Arrow, BatchesThatLieAreRefused) {
  const auto refuses = [](void (*spoil)(ArrowArray&), const std::string& part) {
    MadeStream made({{{"i", "x", numbers<std::int32_t>({1})}}});
    made.spoil = spoil;
    expect_error(ErrorKind::data, {"[arrow] arrow has", part}, [&] { return read_arrow(&made.stream); });
  };
  refuses([](ArrowArray& batch) { batch.n_children = 2; }, "a batch of 2 columns, expected 1 as in the schema");
  refuses([](ArrowArray& batch) { batch.children = nullptr; }, "a batch of 1 column");
  refuses([](ArrowArray& batch) { batch.n_buffers = 0; }, "a batch of 0 buffers");
  refuses([](ArrowArray& batch) { batch.length = -1; }, "a batch of -1 rows");
  refuses([](ArrowArray& batch) { batch.length = INT64_MAX; }, "expected 0 to 2^48");
  refuses([](ArrowArray& batch) { batch.offset = INT64_MAX; }, "expected 0 to 2^48");
  refuses([](ArrowArray& batch) { batch.children[0] = nullptr; }, "no array for column 1");
  const auto refuses_schema = [](void (*spoil)(ArrowSchema&), const std::string& part) {
    MadeStream made({{{"i", "x", numbers<std::int32_t>({1})}}});
    made.spoil_schema = spoil;
    expect_error(ErrorKind::data, {"[arrow] arrow", part}, [&] { return read_arrow(&made.stream); });
  };
  refuses_schema([](ArrowSchema& schema) { schema.n_children = -1; }, "says that it has -1 columns");
  refuses_schema([](ArrowSchema& schema) { schema.children = nullptr; }, "says that it has 1 column");
  refuses_schema([](ArrowSchema& schema) { schema.children[0] = nullptr; }, "has no schema for column 1");
  refuses_schema([](ArrowSchema& schema) { schema.format = nullptr; }, "single arrays");
}

}  // namespace
}  // namespace millrace
