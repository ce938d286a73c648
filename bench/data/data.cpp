// SPDX-License-Identifier: Apache-2.0
//
// From files to batches: CSV, NumPy arrays, the order of an epoch, the rows of a batch.
#include "millrace/data.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "base/buffer.hpp"
#include "base/random.hpp"
#include "harness/benchmark.hpp"
#include "kernels/matmul.hpp"
#include "kernels/random.hpp"
#include "millrace/table.hpp"
#include "support/temporary.hpp"
#include "table/batches.hpp"

namespace millrace::bench {

namespace {

constexpr std::int64_t columns = 30;

// A table as text, with a column "target" at the end.
std::string csv_text(const std::vector<float>& values, bool short_numbers) {
  std::string text;
  for (std::int64_t c = 1; c < columns; ++c) text += "c" + std::to_string(c) + ",";
  text += "target\n";
  std::array<char, 32> number{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (short_numbers)
      text += std::to_string(static_cast<int>(values[i] * 10));
    else
      text.append(number.data(), std::to_chars(number.data(), number.data() + number.size(), values[i]).ptr);
    text += (i + 1) % columns == 0 ? '\n' : ',';
  }
  return text;
}

void read_text(benchmark::State& state, std::int64_t rows, bool short_numbers, int threads = 1) {
  const std::vector<float> values = normal_floats(rows * columns, 1);
  const std::string text = csv_text(values, short_numbers);
  const test::TemporaryDirectory folder;
  const std::string file = folder.write("table.csv", text);
  const CsvOptions options{.target = {"target"}, .threads = threads};
  if (answer_wanted()) {
    const Dataset data = read_csv(file, options);
    expect(data.rows() == rows, "another number of rows");
    for (std::int64_t i = 0; i < rows * columns; ++i) {
      const float value =
          i % columns + 1 == columns ? *data.targets.row(i / columns) : data.features.row(i / columns)[i % columns];
      const float drawn = values[static_cast<std::size_t>(i)];
      expect(value == (short_numbers ? static_cast<float>(static_cast<int>(drawn * 10)) : drawn), "another number");
    }
  }
  measure(state, [&] { benchmark::DoNotOptimize(read_csv(file, options)); });
  report_rows(state, rows);
  report_bytes(state, static_cast<double>(text.size()));
}

// A table with as many columns of numbers as of categories, which have 4 to 50 000 levels.
void read_categories(benchmark::State& state, std::int64_t rows, int threads) {
  constexpr std::array levels{4, 12, 50, 200, 1000, 5000, 20000, 50000};
  constexpr auto width = static_cast<std::int64_t>(levels.size());
  const std::vector<float> values = normal_floats(rows * width, 1);
  Random random(1, RandomStream::shuffle);
  std::string text;
  for (std::int64_t c = 0; c < width; ++c) text += "n" + std::to_string(c) + ",t" + std::to_string(c) + ",";
  text.back() = '\n';
  std::vector<std::int64_t> drawn;
  for (const float value : values) {
    const std::int64_t level = static_cast<std::int64_t>(random.below(levels[drawn.size() % width]));
    text += std::to_string(value) + ",level " + std::to_string(level);
    drawn.push_back(level);
    text += drawn.size() % width == 0 ? '\n' : ',';
  }
  const test::TemporaryDirectory folder;
  const std::string file = folder.write("table.csv", text);
  const TableOptions options{.threads = threads};
  if (answer_wanted()) {
    const Table table = read_table(file, options);
    expect(table.rows == rows, "another number of rows");
    for (std::int64_t i = 0; i < rows * width; ++i) {
      const TableColumn& column = table.columns[2 * (i % width) + 1];
      const auto code = static_cast<std::size_t>(table.values.row(i / width)[column.place]);
      expect(column.levels[code] == "level " + std::to_string(drawn[i]), "another level");
    }
  }
  measure(state, [&] { benchmark::DoNotOptimize(read_table(file, options)); });
  report_rows(state, rows);
  report_bytes(state, static_cast<double>(text.size()));
}

std::string npy_text(std::int64_t rows, const std::vector<float>& values) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                       std::to_string(columns) + "), }";
  header.resize(117, ' ');  // 10 bytes before and a line's end after it: 128
  header += '\n';
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size());
  text += '\0';
  text += header;
  text.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return text;
}

void map_array(benchmark::State& state, std::int64_t rows) {
  const std::vector<float> values = normal_floats(rows * columns, 1);
  const test::TemporaryDirectory folder;
  const std::string file = folder.write("table.npy", npy_text(rows, values));
  if (answer_wanted()) {
    const Dataset data = read_npy(file);
    expect(data.rows() == rows && std::equal(values.begin(), values.end(), data.features.data), "other numbers");
  }
  measure(state, [&] { benchmark::DoNotOptimize(read_npy(file)); });
  report_rows(state, rows);
  report_bytes(state, static_cast<double>(values.size() * sizeof(float)));
}

// Rows of a table that no cache holds.
void gather(benchmark::State& state, std::int64_t width, std::int64_t batch) {
  const std::int64_t rows = (std::int64_t{1} << 24) / width, stride = row_stride(width);
  Matrix table(rows, width);
  for (std::int64_t r = 0; r < rows; ++r) std::fill_n(table.row(r), width, static_cast<float>(r));
  Batches batches(rows, batch, true, 1);
  batches.begin_epoch(0);
  Buffer out(batch * stride);
  std::int64_t step = 0;
  const auto next = [&] {
    const auto chosen = batches.rows_of_batch(step++ % (rows / batch));
    gather_rows(table.view(), chosen, out.data(), stride);
    return chosen;
  };
  if (answer_wanted()) {
    const auto chosen = next();
    for (std::int64_t r = 0; r < batch; ++r)
      expect(std::all_of(out.data() + r * stride, out.data() + r * stride + width,
                         [&](float value) { return value == static_cast<float>(chosen[static_cast<std::size_t>(r)]); }),
             "another row");
  }
  measure(state, next);
  report_rows(state, batch);
  report_bytes(state, static_cast<double>(2 * batch * width) * sizeof(float));
}

void shuffle_epoch(benchmark::State& state, std::int64_t rows) {
  Batches batches(rows, rows, true, 1);
  std::uint64_t epoch = 0;
  batches.begin_epoch(epoch);
  if (answer_wanted()) {
    std::vector<char> seen(static_cast<std::size_t>(rows));
    std::int64_t in_place = 0;
    const auto order = batches.rows_of_batch(0);
    for (std::size_t i = 0; i < order.size(); ++i) {
      expect(!std::exchange(seen[static_cast<std::size_t>(order[i])], 1), "a row twice");
      in_place += order[i] == static_cast<std::int64_t>(i);
    }
    expect(in_place < 20, "not in another order");
  }
  measure(state, [&] { batches.begin_epoch(++epoch); });
  report_rows(state, rows);
}

const Group data([] {
  for (const auto& [name, short_numbers] : {std::pair{"long_numbers", false}, {"short_numbers", true}}) {
    add(std::string("csv/") + name + "/20000x30",
        [short_numbers = short_numbers](benchmark::State& state) { read_text(state, 20000, short_numbers); });
  }
  add("csv/long_numbers/200000x30/two_threads", [](benchmark::State& state) { read_text(state, 200000, false, 2); });
  add("csv/categories/100000x16", [](benchmark::State& state) { read_categories(state, 100000, 1); });
  add("csv/categories/2000x16", [](benchmark::State& state) { read_categories(state, 2000, 1); });
  add("csv/categories/100000x16/two_threads", [](benchmark::State& state) { read_categories(state, 100000, 2); });
  add("csv/long_numbers/500x30", [](benchmark::State& state) { read_text(state, 500, false); });
  add("npy/100000x30", [](benchmark::State& state) { map_array(state, 100000); });
  for (const auto& [width, batch] : {std::pair<std::int64_t, std::int64_t>{30, 256}, {400, 32}, {784, 128}}) {
    add("gather/" + std::to_string(batch) + "x" + std::to_string(width),
        [width = width, batch = batch](benchmark::State& state) { gather(state, width, batch); });
  }
  for (const std::int64_t rows : {1000, 1'000'000})
    add("shuffle/" + std::to_string(rows), [rows](benchmark::State& state) { shuffle_epoch(state, rows); });
});

}  // namespace

}  // namespace millrace::bench
