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

#include "base/fail.hpp"
#include "millrace/error.hpp"
#include "threads/thread_limit.hpp"

namespace millrace {

namespace {

// An arena that is destroyed before its workers have arrived leaks its memory (oneTBB 2021.8; 7 KiB a run on a busy
// machine). So arenas are kept and used again: there are as many of a size as there were runs at the same time.
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
  // Never destroyed: at the end of the process oneTBB may be destroyed first.
  static std::map<int, Arenas>& free_arenas() {
    static std::map<int, Arenas>& instance = *new std::map<int, Arenas>;
    return instance;
  }
  int workers_;
  std::unique_ptr<tbb::task_arena> arena_;
};

// oneTBB uses as many threads as the machine has processors, or as the smallest of all global_control objects allows.
// With one object for each run, a run of two threads would take threads from a run of eight. So one object serves all
// runs, which share the threads of the largest. It only grows, and the larger one is made before the smaller is gone.
void allow_threads(int workers) {
  static std::mutex mutex;
  // Never destroyed, like the arenas.
  static std::unique_ptr<tbb::global_control>& control = *new std::unique_ptr<tbb::global_control>;
  static int allowed = tbb::info::default_concurrency();
  const std::lock_guard lock(mutex);
  if (workers <= allowed) return;
  control = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism, workers);
  allowed = workers;
}

// oneTBB is not built for ThreadSanitizer. These two tell it that a task begins after it was handed over and ends
// before its group does.
#ifdef MILLRACE_THREAD_SANITIZER
void hand_over(const void* address) { __tsan_release(const_cast<void*>(address)); }
void take_over(const void* address) { __tsan_acquire(const_cast<void*>(address)); }
#else
void hand_over(const void*) {}
void take_over(const void*) {}
#endif

}  // namespace

void run_tasks(int workers, const Tasks& tasks) {
  require_threads(workers);
  allow_threads(workers);
  ArenaLease lease(workers);
  bool leads = false;
  const auto run = [&] {
    tbb::task_group group;
    // Made before the tasks, so that those that have started are dismissed even if a later one cannot be made. A task
    // that never started runs within wait().
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
    leads = true;
    tasks.leader();
  };
  try {
    lease.arena().execute(run);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    if (leads) throw;
    // Threads that were there a moment ago are not any more.
    fail(ErrorKind::environment, "threads",
         std::string("oneTBB could not start a thread (") + error.what() +
             "), expected fewer threads, or a higher limit of processes (ulimit -u) or of memory (ulimit -v)");
  }
}

std::string tasks_library() { return std::string("oneTBB ") + TBB_runtime_version(); }

}  // namespace millrace
