// SPDX-License-Identifier: Apache-2.0
//
// Usage:  products KIND M K N fp32|bf16 rows|packed SECONDS
//
// Prints GFLOP/s of one product on one core, after a comparison of some elements with sums in double. Times are those of the
// processor, so that other programs disturb little.
#include "products.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <stdexcept>
#include <string>

namespace {

using namespace products;

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Problem problem_of(char** words) {
  Problem problem;
  const std::string kind = words[0];
  problem.kind = kind == "forward" ? Kind::forward : kind == "backward" ? Kind::backward : Kind::gradient;
  problem.m = std::atoll(words[1]);
  problem.k = std::atoll(words[2]);
  problem.n = std::atoll(words[3]);
  problem.bfloat16 = std::string(words[4]) == "bf16";
  problem.packed = std::string(words[5]) == "packed";
  return problem;
}

// Numbers that bfloat16 holds exactly, so that both precisions have the same answer.
void draw(std::vector<float>& values, std::vector<Bfloat>& rounded, std::int64_t count, std::mt19937& random) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float value = static_cast<float>(static_cast<int>(random() % 255) - 127) / 128;
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    values.push_back(value);
    rounded.push_back(static_cast<Bfloat>(bits >> 16));
  }
}

void verify(const Problem& p, const Operands& operands) {
  std::mt19937 random(2);
  for (int element = 0; element < 200; ++element) {
    const auto row = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(p.m)),
               column = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(p.n));
    double wanted = 0;
    for (std::int64_t i = 0; i < p.k; ++i) {
      const float a = operands.a[static_cast<std::size_t>(p.kind == Kind::gradient ? i * p.m + row : row * p.k + i)],
                  b = operands
                          .b[static_cast<std::size_t>(p.kind == Kind::backward ? column * p.k + i : i * p.n + column)];
      wanted += static_cast<double>(a) * static_cast<double>(b);
    }
    const float actual = operands.c[static_cast<std::size_t>(row * p.n + column)];
    if (std::abs(actual - wanted) > 1e-5 * std::sqrt(static_cast<double>(p.k)) * 10)
      throw std::runtime_error("element " + std::to_string(row) + ", " + std::to_string(column) + " is " +
                               std::to_string(actual) + ", expected " + std::to_string(wanted));
  }
}

// Seconds of a call: the median of repetitions of a millisecond and more.
double seconds_of(const std::function<void()>& product, double all) {
  const auto time = [&](std::int64_t calls) {
    const double begin = processor_seconds();
    for (std::int64_t i = 0; i < calls; ++i) product();
    return processor_seconds() - begin;
  };
  std::int64_t calls = 1;
  while (time(calls) < 1e-3) calls *= 2;
  std::vector<double> found;
  for (const double begin = processor_seconds(); processor_seconds() - begin < all;)
    found.push_back(time(calls) / static_cast<double>(calls));
  std::ranges::nth_element(found, found.begin() + std::ssize(found) / 2);
  return found[found.size() / 2];
}

int run(char** words) {
  const Problem p = problem_of(words);
  Operands operands;
  std::mt19937 random(1);
  draw(operands.a, operands.a16, p.m * p.k, random);
  draw(operands.b, operands.b16, p.k * p.n, random);
  operands.c.resize(static_cast<std::size_t>(p.m * p.n));
  const std::function<void()> product = prepare(p, operands);
  product();
  verify(p, operands);
  const double seconds = seconds_of(product, std::atof(words[6]));
  std::printf("%.1f\n", 2e-9 * static_cast<double>(p.m * p.k * p.n) / seconds);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  if (count == 2 && std::string(words[1]) == "--version") {
    std::puts(library());
    return 0;
  }
  if (count != 8) {
    std::fputs("usage: products KIND M K N fp32|bf16 rows|packed SECONDS\n", stderr);
    return 2;
  }
  try {
    return run(words + 1);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "[products] %s: %s\n", library(), failure.what());
    return 1;
  }
}
