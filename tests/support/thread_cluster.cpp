// SPDX-License-Identifier: Apache-2.0
#include "support/thread_cluster.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include "base/fail.hpp"

namespace millrace::test {

namespace {

// What the ranks share. A message waits here until its receiver takes it.
struct Mailbox {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::pair<int, int>, std::deque<std::vector<std::byte>>> messages;  // by sender and receiver
  std::optional<Error> left;                                                   // of the first rank that left
  int left_rank = 0;
};

class ThreadCluster final : public Cluster {
 public:
  ThreadCluster(std::shared_ptr<Mailbox> mailbox, int rank, int size)
      : mailbox_(std::move(mailbox)), rank_(rank), size_(size) {}

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  std::string host() const override { return "this host"; }

  void exchange(std::span<const Sent> sent, std::span<const Received> received) override {
    start(sent, received);
    std::unique_lock lock(mailbox_->mutex);
    mailbox_->changed.wait(lock, [&] { return take() == 0; });
  }

  void start(std::span<const Sent> sent, std::span<const Received> received) override {
    const std::lock_guard lock(mailbox_->mutex);
    for (const Sent& message : sent)
      mailbox_->messages[{rank_, message.rank}].emplace_back(message.bytes.begin(), message.bytes.end());
    mailbox_->changed.notify_all();
    exchanges_.emplace_back(received.begin(), received.end());
  }

  std::int64_t under_way() override {
    const std::lock_guard lock(mailbox_->mutex);
    return take();
  }

  bool leave(const Error& error) noexcept override {
    const std::lock_guard lock(mailbox_->mutex);
    if (!mailbox_->left) {
      mailbox_->left = error;
      mailbox_->left_rank = rank_;
    }
    mailbox_->changed.notify_all();
    return true;
  }

 private:
  // Takes the messages that are here. Returns how many exchanges have not ended.
  std::int64_t take() {
    for (; !exchanges_.empty(); exchanges_.pop_front()) {
      for (std::deque<Received>& open = exchanges_.front(); !open.empty(); open.pop_front())
        if (!take(open.front())) return std::ssize(exchanges_);
    }
    return 0;
  }

  bool take(const Received& message) {
    auto& waiting = mailbox_->messages[{message.rank, rank_}];
    if (waiting.empty() && mailbox_->left)
      throw Error(mailbox_->left->kind(),
                  "[rank " + std::to_string(mailbox_->left_rank) + " on this host] " + mailbox_->left->what());
    if (waiting.empty()) return false;
    if (waiting.front().size() != message.bytes.size())
      fail(ErrorKind::internal, "cluster",
           "a message of " + std::to_string(waiting.front().size()) + " bytes, expected " +
               std::to_string(message.bytes.size()));
    std::ranges::copy(waiting.front(), message.bytes.begin());
    waiting.pop_front();
    return true;
  }

  std::shared_ptr<Mailbox> mailbox_;
  int rank_, size_;
  std::deque<std::deque<Received>> exchanges_;  // that have not ended
};

}  // namespace

std::vector<std::unique_ptr<Cluster>> cluster_of_threads(int ranks) {
  const auto mailbox = std::make_shared<Mailbox>();
  std::vector<std::unique_ptr<Cluster>> cluster;
  for (int rank = 0; rank < ranks; ++rank) cluster.push_back(std::make_unique<ThreadCluster>(mailbox, rank, ranks));
  return cluster;
}

}  // namespace millrace::test
