// SPDX-License-Identifier: Apache-2.0
#include "step/row_jobs.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

class FakeRows : public CoupledRows {
 public:
  [[nodiscard]] std::int64_t jobs() const override { return 4; }
  [[nodiscard]] std::int64_t sums() const override { return 0; }
  [[nodiscard]] int rounds(CoupledPass) const override { return 0; }
  void sum_rows(CoupledPass, int, std::int64_t, double*) override {}
  void take_sums(CoupledPass, int, std::int64_t, const double*) override {}
};

class FakeKernel : public LayerKernel {
 public:
  FakeKernel(std::int64_t packs, bool coupled, std::int64_t cuts = 1, double work = 0, bool ends = false)
      : packs_(packs), cuts_(cuts), coupled_(coupled), work_(work), ends_(ends) {}
  [[nodiscard]] std::int64_t pack_jobs() const override { return packs_; }
  [[nodiscard]] CoupledRows* coupled_rows() override { return coupled_ ? &rows_ : nullptr; }
  [[nodiscard]] std::int64_t forward_cuts() const override { return cuts_; }
  [[nodiscard]] std::int64_t backward_cuts() const override { return cuts_; }
  [[nodiscard]] bool ends_forward() const override { return ends_; }
  [[nodiscard]] double multiply_adds() const override { return work_; }
  void forward(std::int64_t, float*) override {}
  void backward(std::int64_t, float*) override {}

 private:
  std::int64_t packs_, cuts_;
  bool coupled_;
  FakeRows rows_;
  double work_;
  bool ends_;
};

std::vector<std::unique_ptr<LayerKernel>> kernels(std::initializer_list<FakeKernel> list) {
  std::vector<std::unique_ptr<LayerKernel>> made;
  for (const FakeKernel& kernel : list) made.push_back(std::make_unique<FakeKernel>(kernel));
  return made;
}

void expect_pass(const RowPass& pass, IndexRange forward, IndexRange backward) {
  EXPECT_EQ(pass.forward_begin, forward.begin);
  EXPECT_EQ(pass.forward_end, forward.end);
  EXPECT_EQ(pass.backward_begin, backward.begin);
  EXPECT_EQ(pass.backward_end, backward.end);
}

TEST(RowJobs, OnePassIsTheWholeRowPhase) {
  const RowJobs jobs = plan_row_phase(kernels({{2, false}, {0, false}, {1, false}}));
  ASSERT_EQ(jobs.passes.size(), 1U);
  EXPECT_TRUE(jobs.passes[0].gather && jobs.passes[0].loss && !jobs.passes[0].coupled);
  expect_pass(jobs.passes[0], {0, 3}, {0, 3});
  ASSERT_EQ(jobs.packs.size(), 3U);
  EXPECT_EQ(jobs.packs[1].node, 0);
  EXPECT_EQ(jobs.packs[1].job, 1);
  EXPECT_EQ(jobs.packs[2].node, 2);
}

TEST(RowJobs, ALayerThatCouplesRowsHasPassesOfItsOwn) {
  const RowJobs jobs = plan_row_phase(kernels({{0, false}, {0, true}, {0, false}}));
  ASSERT_EQ(jobs.passes.size(), 5U);
  const std::vector<RowPass>& passes = jobs.passes;
  EXPECT_TRUE(passes[0].gather && !passes[0].loss);
  expect_pass(passes[0], {0, 1}, {0, 0});
  EXPECT_TRUE(passes[1].coupled);
  expect_pass(passes[1], {1, 2}, {0, 0});
  EXPECT_TRUE(passes[2].loss && !passes[2].gather);
  expect_pass(passes[2], {2, 3}, {2, 3});
  EXPECT_TRUE(passes[3].coupled);
  expect_pass(passes[3], {0, 0}, {1, 2});
  EXPECT_FALSE(passes[4].coupled);
  expect_pass(passes[4], {0, 0}, {0, 1});
}

constexpr double large = 1e9, small = 1e5;  // multiply-adds of four shards

TEST(RowJobs, AllShardsStayWholeIfEachWorkerHasOne) {
  const auto layers = kernels({{0, false, 16, large}, {0, false, 16, large}});
  EXPECT_EQ(plan_row_phase(layers, 4, 4).passes.size(), 1U);
  EXPECT_GT(plan_row_phase(layers, 4, 5).passes.size(), 1U);
}

TEST(RowJobs, ALargeLayerHasPassesOfItsOwnWhoseJobsAreParts) {
  const RowJobs jobs = plan_row_phase(kernels({{0, false}, {0, false, 16, large}, {0, false, 16, small}}), 4, 24);
  ASSERT_EQ(jobs.passes.size(), 5U);
  const std::vector<RowPass>& passes = jobs.passes;
  EXPECT_TRUE(passes[0].gather && !passes[0].loss);
  expect_pass(passes[0], {0, 1}, {0, 0});
  EXPECT_EQ(passes[1].parts, 6);
  expect_pass(passes[1], {1, 2}, {0, 0});
  EXPECT_TRUE(passes[2].loss && !passes[2].gather);
  EXPECT_EQ(passes[2].parts, 1);
  EXPECT_EQ(passes[2].ends_forward, no_node);
  EXPECT_EQ(passes[2].begins_backward, 1);
  expect_pass(passes[2], {2, 3}, {2, 3});
  EXPECT_EQ(passes[3].parts, 6);
  expect_pass(passes[3], {0, 0}, {1, 2});
  expect_pass(passes[4], {0, 0}, {0, 1});
}

TEST(RowJobs, ALayerHasAtMostAsManyPartsAsItCanBeCutInto) {
  EXPECT_EQ(plan_row_phase(kernels({{0, false, 3, large}}), 1, 24).passes[1].parts, 3);
}

TEST(RowJobs, BetweenTwoLargeLayersIsAPassOnlyIfThereIsSomethingToDo) {
  const auto passes = [](bool ends) {
    return plan_row_phase(kernels({{0, false, 16, large, ends}, {0, false, 16, large}}), 4, 24).passes;
  };
  // The gather, both layers, the loss, the second layer, the begin of the first, the first, and the rest.
  ASSERT_EQ(passes(false).size(), 8U);
  EXPECT_EQ(passes(false)[2].parts, 6);
  EXPECT_TRUE(passes(false)[3].loss);
  EXPECT_EQ(passes(false)[3].begins_backward, 1);
  EXPECT_EQ(passes(false)[5].begins_backward, 0);
  // The activation of the first layer too.
  ASSERT_EQ(passes(true).size(), 9U);
  EXPECT_EQ(passes(true)[2].ends_forward, 0);
  EXPECT_EQ(passes(true)[2].parts, 1);
}

}  // namespace
}  // namespace millrace
