// SPDX-License-Identifier: Apache-2.0
#include "step/row_jobs.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

class FakeKernel : public LayerKernel {
 public:
  FakeKernel(std::int64_t packs, std::int64_t coupled) : packs_(packs), coupled_(coupled) {}
  [[nodiscard]] std::int64_t pack_jobs() const override { return packs_; }
  [[nodiscard]] std::int64_t coupled_jobs() const override { return coupled_; }
  void forward(std::int64_t, float*) override {}
  void backward(std::int64_t, float*) override {}

 private:
  std::int64_t packs_, coupled_;
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
  const RowJobs jobs = plan_row_phase(kernels({{2, 0}, {0, 0}, {1, 0}}));
  ASSERT_EQ(jobs.passes.size(), 1U);
  EXPECT_TRUE(jobs.passes[0].gather && jobs.passes[0].loss && !jobs.passes[0].coupled);
  expect_pass(jobs.passes[0], {0, 3}, {0, 3});
  ASSERT_EQ(jobs.packs.size(), 3U);
  EXPECT_EQ(jobs.packs[1].node, 0);
  EXPECT_EQ(jobs.packs[1].job, 1);
  EXPECT_EQ(jobs.packs[2].node, 2);
}

TEST(RowJobs, ALayerThatCouplesRowsHasPassesOfItsOwn) {
  const RowJobs jobs = plan_row_phase(kernels({{0, 0}, {0, 4}, {0, 0}}));
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

}  // namespace
}  // namespace millrace
