// SPDX-License-Identifier: Apache-2.0
//
// The gate that lets threads use a model. The test starts its own threads, as a server does.
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <functional>
#include <thread>

#include "model/gate.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

// Runs work(number of the thread) on `count` threads at once.
template <class Work>
void on_threads(int count, const Work& work) {
  std::vector<std::thread> threads;
  std::barrier start(count);
  for (int number = 0; number < count; ++number) {
    threads.emplace_back([&, number] {
      start.arrive_and_wait();
      work(number);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Gate, GivesEachReaderItsOwnSeat) {
  Gate gate;
  const Gate::Reading first(gate, "predict"), second(gate, "predict");
  EXPECT_NE(first.index(), second.index());
}

TEST(Gate, RefusesReadersDuringAWriteAndWritersDuringARead) {
  Gate gate;
  {
    const Gate::Writing fit(gate, "fit");
    const Gate::Reading own(gate, "predict");  // as a callback does
    on_threads(1, [&](int) {
      expect_error(ErrorKind::usage, {"[predict]", "another thread is in fit()", "clone() that was made before"},
                   [&] { const Gate::Reading reading(gate, "predict"); });
      expect_error(ErrorKind::usage, {"[compile]", "another thread is in fit()"},
                   [&] { const Gate::Writing writing(gate, "compile"); });
    });
    expect_error(ErrorKind::usage, {"[compile]", "by a callback"},
                 [&] { const Gate::Writing writing(gate, "compile"); });
    EXPECT_TRUE(Gate::Writing(gate, "set_weights", true).nested());
  }
  const Gate::Reading reading(gate, "predict");
  on_threads(1, [&](int) {
    expect_error(ErrorKind::usage, {"[fit]", "another thread is reading"},
                 [&] { const Gate::Writing writing(gate, "fit"); });
  });
}

TEST(Gate, IsUnchangedByARefusal) {
  Gate gate;
  {
    const Gate::Reading reading(gate, "predict");
    EXPECT_THROW(Gate::Writing(gate, "fit"), Error);
  }
  EXPECT_FALSE(Gate::Writing(gate, "fit").nested());
  const Gate::Reading reading(gate, "predict");
}

// With more readers than seats, readers wait for a seat.
TEST(Gate, ServesMoreReadersThanSeats) {
  Gate gate;
  std::array<std::atomic<int>, Gate::seats> inside{};
  std::atomic<int> together{0};
  on_threads(static_cast<int>(Gate::seats) + 8, [&](int) {
    for (int round = 0; round < 50; ++round) {
      const Gate::Reading reading(gate, "predict");
      if (inside[reading.index()].fetch_add(1) != 0) ++together;
      inside[reading.index()].fetch_sub(1);
    }
  });
  EXPECT_EQ(together, 0);
}

class Serving : public ::testing::Test {
 protected:
  static constexpr std::int64_t rows = 300, columns = 4;
  Serving() {
    for (std::size_t i = 0; i < x_.size(); ++i) x_[i] = static_cast<float>((i * 37) % 101) / 50.0F - 1.0F;
    for (std::int64_t r = 0; r < rows; ++r) y_[r] = x_[columns * r] > 0 ? 1.0F : 0.0F;
    model_.compile({.loss = BinaryCrossentropy{}, .metrics = {"accuracy"}});
    model_.build(columns, 1);
    model_.standardize(data());
  }
  [[nodiscard]] Dataset data() const { return Dataset::view(x_, columns, y_); }

  std::vector<float> x_ = std::vector<float>(rows * columns), y_ = std::vector<float>(rows);
  Model model_{Dense{.units = 5, .activation = "tanh"}, Dense{.units = 1, .activation = "sigmoid"}};
};

TEST_F(Serving, ManyThreadsPredictTheSameAsOne) {
  const Model& model = model_;
  const Matrix expected = model.predict(data(), 1);
  const double loss = model.evaluate(data(), 1).loss;
  std::atomic<std::int64_t> wrong{0}, calls{0};
  on_threads(8, [&](int number) {
    for (int round = 0; round < 12'500; ++round) {
      const std::int64_t row = (round * 7 + number * 31) % rows;
      const Matrix out = model.predict(Dataset::view(std::span(x_).subspan(row * columns, columns), columns), 1);
      if (out.row(0)[0] != expected.row(row)[0]) ++wrong;
      if (round % 500 == 0) {
        const Matrix all = model.predict(data(), 1 + number % 3);
        if (!std::equal(all.row(0), all.row(0) + rows, expected.row(0))) ++wrong;
        if (model.evaluate(data(), 1).loss != loss) ++wrong;
      }
      ++calls;
    }
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(calls, 100'000);
}

// A fit changes what these read, so it must be noticed in each of them.
TEST_F(Serving, DescriptionsAreRefusedDuringAFitOfAnotherThread) {
  const Model& model = model_;
  const std::vector<std::pair<std::string, std::function<void()>>> readers{
      {"layers", [&] { static_cast<void>(model.layers()); }},
      {"graph", [&] { static_cast<void>(model.graph()); }},
      {"input_width", [&] { static_cast<void>(model.input_width()); }},
      {"output_width", [&] { static_cast<void>(model.output_width()); }},
      {"feature_names", [&] { static_cast<void>(model.feature_names()); }},
      {"target_names", [&] { static_cast<void>(model.target_names()); }},
      {"classes", [&] { static_cast<void>(model.classes()); }},
      {"compiled", [&] { static_cast<void>(model.compiled()); }},
      {"parameters", [&] { static_cast<void>(model.parameters()); }},
      {"summary", [&] { static_cast<void>(model.summary()); }},
      {"learning_rate", [&] { static_cast<void>(model.learning_rate()); }},
  };
  bool called = false;
  model_.fit(data(), {.epochs = 1, .on_epoch = [&](const Epoch&) {
                        called = true;
                        for (const auto& [name, read] : readers) {
                          EXPECT_NO_THROW(read()) << name << " in the callback itself";
                          on_threads(1, [&, name = name, read = read](int) {
                            expect_error(ErrorKind::usage, {"[" + name + "]", "another thread is in fit()"}, [&] {
                              read();
                              return 0;
                            });
                          });
                        }
                      }});
  EXPECT_TRUE(called);
}

// A prediction during a fit, or a fit during a prediction, throws or gives correct numbers.
TEST_F(Serving, AFitDuringPredictionsThrowsOrIsCorrect) {
  std::atomic<std::int64_t> predicted{0}, refused{0}, wrong{0}, fits{0};
  on_threads(3, [&](int number) {
    for (int round = 0; round < 300; ++round) {
      try {
        if (number == 0) {
          model_.fit(data(), {.epochs = 1, .threads = 1});
          ++fits;
        } else {
          const Matrix out = model_.predict(data(), 1);
          for (std::int64_t r = 0; r < rows; ++r) {
            if (!(out.row(r)[0] >= 0 && out.row(r)[0] <= 1)) ++wrong;
          }
          ++predicted;
        }
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage) << error.what();
        ++refused;
      }
    }
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(predicted + refused + fits, 900);
  Model lone = model_.clone();
  EXPECT_EQ(model_.predict(data(), 1).row(5)[0], lone.predict(data(), 1).row(5)[0]);
}

}  // namespace
}  // namespace millrace::test
