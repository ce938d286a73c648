// SPDX-License-Identifier: Apache-2.0
#include "threads/tasks.hpp"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#include <tbb/version.h>
#ifdef MILLRACE_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace millrace {

namespace {

// An arena that is given up before its workers have come keeps its memory (oneTBB 2021.8; 7 KiB a run on a busy
// machine). So arenas are used again: there are as many of a size as there were runs at once.
class ArenaLease {
 public:
  explicit ArenaLease(int workers) : workers_(workers) {
    const std::lock_guard lock(mutex());
    Arenas& kept = free_arenas()[workers];
    if (kept.empty()) {
      arena_ = std::make_unique<tbb::task_arena>(workers, 1);
    } else {
      arena_ = std::move(kept.back());
      kept.pop_back();
    }
  }
  ~ArenaLease() {
    const std::lock_guard lock(mutex());
    free_arenas()[workers_].push_back(std::move(arena_));
  }
  ArenaLease(const ArenaLease&) = delete;
  ArenaLease& operator=(const ArenaLease&) = delete;
  [[nodiscard]] tbb::task_arena& arena() { return *arena_; }

 private:
  using Arenas = std::vector<std::unique_ptr<tbb::task_arena>>;
  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
  // Never destroyed: oneTBB may be gone when static objects are.
  static std::map<int, Arenas>& free_arenas() {
    static std::map<int, Arenas>& instance = *new std::map<int, Arenas>;
    return instance;
  }
  int workers_;
  std::unique_ptr<tbb::task_arena> arena_;
};

// oneTBB has as many threads as it counts processors, or as the least of the controls there are says: with one for
// every run, a run of two threads would take the others from a run of eight. So there is one for all runs, which share
// the threads that the largest of them asked for. It only grows, and the larger one is there before the smaller goes.
void allow_threads(int workers) {
  static std::mutex mutex;
  // Never destroyed, as the arenas.
  static std::unique_ptr<tbb::global_control>& control = *new std::unique_ptr<tbb::global_control>;
  static int allowed = tbb::info::default_concurrency();
  const std::lock_guard lock(mutex);
  if (workers <= allowed) return;
  control = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism, workers);
  allowed = workers;
}

// oneTBB is not built for ThreadSanitizer, which has to be told that a task begins after it was handed over, and ends
// before the group does.
#ifdef MILLRACE_THREAD_SANITIZER
void hand_over(const void* address) { __tsan_release(const_cast<void*>(address)); }
void take_over(const void* address) { __tsan_acquire(const_cast<void*>(address)); }
#else
void hand_over(const void*) {}
void take_over(const void*) {}
#endif

}  // namespace

void run_tasks(int workers, const Tasks& tasks) {
  allow_threads(workers);
  ArenaLease lease(workers);
  lease.arena().execute([&] {
    tbb::task_group group;
    // Before the tasks: where one cannot be made, those that have started are dismissed too. A task that never started
    // runs within wait().
    struct End {
      const Tasks& tasks;
      tbb::task_group& group;
      ~End() {
        tasks.leader_is_done();
        group.wait();
        take_over(&tasks);
      }
    } end{tasks, group};
    hand_over(&tasks);
    for (int worker = 1; worker < workers; ++worker) {
      group.run([&tasks, worker] {
        take_over(&tasks);
        tasks.worker(worker);
        hand_over(&tasks);
      });
    }
    tasks.leader();
  });
}

std::string tasks_library() { return std::string("oneTBB ") + TBB_runtime_version(); }

}  // namespace millrace
