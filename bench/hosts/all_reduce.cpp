// SPDX-License-Identifier: Apache-2.0
//
// The sum of gradients over the ranks of a cluster, by millrace (in the order of the fixed tree, with the same bits for any
// number of ranks) and by MPI_Allreduce, in one run:
//
//   mpirun -n 4 build/release/millrace_all_reduce [ROUNDS]
//
// Both are timed in turn, each after a barrier, on the slowest rank. Rank 0 prints medians by size, and the fastest times,
// which other load disturbs least. millrace adds a gradient in the buckets of a training step; all of them are ready at once.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/random.hpp"
#include "base/stopwatch.hpp"
#include "millrace/error.hpp"
#include "network/network.hpp"
#include "ops/layers/layer.hpp"
#include "step/gradient_sum.hpp"

namespace millrace {

namespace {

constexpr std::int64_t smallest = std::int64_t{4} << 10, largest = std::int64_t{64} << 20;  // bytes

// A network whose only parameter has this many weights, a power of two from 1024 on.
Network network_of(std::int64_t weights) {
  std::int64_t inputs = 32;
  while (inputs * inputs < weights) inputs *= 2;
  const std::string layer = "dense:" + std::to_string(weights / inputs) + ":use_bias=false";
  return Network({{{"features", {inputs}}}, {{"dense", parse_layer(layer), {"features"}}}, Semantics::keras});
}

class Contest {
 public:
  Contest(std::int64_t weights, Ranks& ranks, Crew& crew)
      : ranks_(ranks),
        network_(network_of(weights)),
        store_(network_),
        places_(network_, store_, bucket_floats),
        shares_(ranks.size(), ranks.size(), ranks.rank()),
        sum_(places_, 1, Wire::fp32, ranks),
        phases_(crew, nullptr, nullptr, &ranks),
        gradient_(static_cast<std::size_t>(places_.floats())),
        reduced_(gradient_.size()) {
    Random random(static_cast<std::uint64_t>(ranks.rank()), RandomStream::noise);
    for (float& value : gradient_) value = static_cast<float>(random.normal());
  }

  double seconds_of_millrace() {
    std::copy(gradient_.begin(), gradient_.end(), sum_.of_slice(0));
    MPI_Barrier(MPI_COMM_WORLD);
    const Stopwatch watch;
    sum_.begin(shares_);
    const std::int64_t buckets = std::ssize(places_.buckets());
    for (std::int64_t bucket = 0; bucket < buckets; ++bucket) sum_.add(phases_, bucket);
    while (sum_.advance(phases_) < buckets) ranks_.wait();
    return watch.seconds();
  }

  double seconds_of_mpi() {
    MPI_Barrier(MPI_COMM_WORLD);
    const Stopwatch watch;
    MPI_Allreduce(gradient_.data(), reduced_.data(), static_cast<int>(gradient_.size()), MPI_FLOAT, MPI_SUM,
                  MPI_COMM_WORLD);
    return watch.seconds();
  }

  /// Whether both have the sum, but for rounding errors.
  [[nodiscard]] bool agree() {
    for (std::size_t i = 0; i < reduced_.size(); ++i)
      if (std::abs(sum_.sum()[i] - reduced_[i]) > 1e-5F * static_cast<float>(shares_.slices)) return false;
    return true;
  }

 private:
  Ranks& ranks_;
  Network network_;
  ParameterStore store_;
  GradientPlaces places_;
  SlicesOfRanks shares_;
  GradientSum sum_;
  Phases phases_;
  std::vector<float> gradient_, reduced_;
};

double slowest(double seconds) {
  double result = 0;
  MPI_Allreduce(&seconds, &result, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  return result;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

bool compare(std::int64_t bytes, int rounds, Ranks& ranks, Crew& crew) {
  Contest contest(bytes / std::int64_t{sizeof(float)}, ranks, crew);
  std::vector<double> ours, theirs;
  for (int round = -2; round < rounds; ++round) {
    const double own = slowest(contest.seconds_of_millrace()), other = slowest(contest.seconds_of_mpi());
    if (round < 0) continue;  // warms up
    ours.push_back(own);
    theirs.push_back(other);
  }
  if (ranks.rank() == 0) {
    const auto print = [](double own, double other) {
      std::printf(" %12.1f %12.1f %6.2f", 1e6 * own, 1e6 * other, own / other);
    };
    std::printf("%10lld", static_cast<long long>(bytes));
    print(median(ours), median(theirs));
    print(*std::ranges::min_element(ours), *std::ranges::min_element(theirs));
    std::puts("");
    std::fflush(stdout);
  }
  return contest.agree();
}

int run(int rounds) {
  const std::unique_ptr<Cluster> cluster = join_cluster();
  if (!cluster) {
    std::fputs("all_reduce: one process, expected mpirun -n 2 or more\n", stderr);
    return 2;
  }
  Ranks ranks(cluster.get());
  Crew crew(1);
  if (ranks.rank() == 0)
    std::printf("%d ranks\n%10s %12s %12s %6s %12s %12s %6s\n", ranks.size(), "bytes", "millrace us", "MPI us", "ratio",
                "fastest", "of MPI", "ratio");
  bool right = true;
  crew.run([&](Crew&) {
    for (std::int64_t bytes = smallest; bytes <= largest; bytes *= 2)
      right &= compare(bytes, bytes > (std::int64_t{4} << 20) ? (rounds + 3) / 4 : rounds, ranks, crew);
  });
  if (right) return 0;
  std::fputs("all_reduce: the sums differ, expected those of MPI\n", stderr);
  return 1;
}

}  // namespace

}  // namespace millrace

int main(int count, char** words) {
  try {
    return millrace::run(count > 1 ? std::atoi(words[1]) : 60);
  } catch (const millrace::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
