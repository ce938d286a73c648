// SPDX-License-Identifier: Apache-2.0
//
// Model.fit: options in, callbacks and signals meanwhile, the history out. Training runs without the GIL; it is taken
// for callbacks, and every 20 ms for handlers of signals.
#include "fit.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <new>

#include "cluster.hpp"
#include "ctrl_c.hpp"
#include "dataset.hpp"
#include "errors.hpp"
#include "files.hpp"
#include "gil.hpp"
#include "millrace/error.hpp"
#include "model_tables.hpp"
#include "records.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace millrace::python {

namespace {

using Clock = std::chrono::steady_clock;

// Whether an interval of time has passed since it was last asked and said yes. An interval of 0 has always passed.
class Pace {
 public:
  explicit Pace(double seconds) : seconds_(seconds) {}
  bool due(Clock::time_point now) {
    if (std::chrono::duration<double>(now - last_).count() < seconds_) return false;
    last_ = now;
    return true;
  }

 private:
  double seconds_;
  Clock::time_point last_ = Clock::now();
};

// What a callback returned: False ends the run.
Proceed proceed(const nb::object& answer) { return answer.ptr() == Py_False ? Proceed::no : Proceed::yes; }

nb::dict dictionary_of(const Epoch& epoch) {
  nb::dict values;
  values["epoch"] = epoch.number;
  values["epochs"] = epoch.epochs;
  for (const auto& [name, value] : epoch.values()) values[name.c_str()] = value;
  values["learning_rate"] = epoch.learning_rate;
  values["seconds"] = epoch.seconds;
  return values;
}

nb::dict dictionary_of(const StepReport& report) {
  nb::dict values;
  values["epoch"] = report.epoch;
  values["epochs"] = report.epochs;
  values["step"] = report.step;
  values["steps"] = report.steps;
  values["loss"] = report.loss;
  values["mean_loss"] = report.mean_loss;
  values["learning_rate"] = report.learning_rate;
  return values;
}

nb::dict dictionary_of(const History& history) {
  nb::dict values;
  nb::list epochs, phases, layers;
  for (const Epoch& epoch : history.epochs) epochs.append(dictionary_of(epoch));
  for (const PhaseTime& phase : history.phases) {
    nb::dict time;
    time["name"] = phase.name;
    time["seconds"] = phase.seconds;
    time["runs"] = phase.runs;
    time["jobs"] = phase.jobs;
    time["waiting"] = phase.waiting;
    phases.append(time);
  }
  for (const LayerTime& layer : history.layers) {
    nb::dict time;
    time["name"] = layer.name;
    time["forward"] = layer.forward;
    time["backward"] = layer.backward;
    time["gradient"] = layer.gradient;
    time["update"] = layer.update;
    time["gflop"] = layer.gflop;
    layers.append(time);
  }
  values["epochs"] = epochs;
  values["seconds"] = history.seconds;
  values["validation_seconds"] = history.validation_seconds;
  values["saving_seconds"] = history.saving_seconds;
  values["step_microseconds"] = history.step_microseconds;
  values["steps"] = history.steps;
  values["stopped"] = history.stopped;
  values["weights_epoch"] = history.weights_epoch;
  values["threads"] = history.threads;
  values["thread_reason"] = history.thread_reason;
  values["plan"] = history.plan;
  values["phases"] = phases;
  values["layers"] = layers;
  return values;
}

// What a process of a cluster does by itself. The others would wait for one that has raised an error meanwhile.
template <class Use>
auto telling(Cluster* cluster, const Use& use) -> decltype(use()) {
  const auto leave = [&](const Error& error) {
    if (cluster == nullptr) return;
    const GilReleased unlocked;
    cluster->leave(error);
  };
  try {
    return use();
  } catch (const nb::python_error& error) {
    leave(error_from(error, "fit"));
    throw;
  } catch (const Error& error) {
    leave(error);
    throw;
  } catch (const std::bad_alloc&) {
    leave(Error(ErrorKind::environment, "[fit] out of memory, expected a smaller table or batch"));
    throw;
  } catch (const std::exception& error) {
    leave(Error(ErrorKind::usage, std::string("[fit] ") + error.what()));
    throw;
  }
}

nb::dict fit(Model& model, nb::handle given, std::int64_t epochs, std::int64_t batch_size, bool shuffle,
             nb::object class_weight, bool balanced, double validation_split, const Dataset* validation,
             std::uint64_t seed, int threads, const std::string& gemm, const std::string& kernels,
             const std::string& precision, nb::handle checkpoint, bool resume, bool evaluate_training, bool profile,
             nb::object callbacks, nb::object on_begin, nb::object on_epoch, nb::object on_step, double step_interval,
             std::int64_t slices, const std::string& wire, nb::handle communicator) {
  const std::unique_ptr<Cluster> cluster = cluster_from(communicator, "fit");
  const Dataset data = telling(cluster.get(), [&] { return rows_for(model, given, "fit"); });
  FitOptions options{.epochs = epochs,
                     .batch_size = batch_size,
                     .shuffle = shuffle,
                     .balanced = balanced,
                     .validation_split = validation_split,
                     .validation = validation,
                     .seed = seed,
                     .threads = threads,
                     .gemm = gemm,
                     .kernels = kernels,
                     .precision = precision,
                     .resume = resume,
                     .evaluate_training = evaluate_training,
                     .profile = profile,
                     .slices = slices,
                     .wire = wire,
                     .cluster = cluster.get()};
  telling(cluster.get(), [&] {
    if (!checkpoint.is_none()) options.checkpoint = path_from(checkpoint, "fit", "checkpoint");
    options.callbacks = operations_from<CallbackConfig>(callbacks, "fit");
    if (!class_weight.is_none())
      options.class_weight =
          cast_or_fail<std::vector<double>>(class_weight, "fit", "class_weight", "a list with a number for each class");
  });
  if (!on_begin.is_none()) {
    options.on_begin = [&] {
      const GilTaken gil;
      telling(cluster.get(), [&] { on_begin(); });
    };
  }
  if (!on_epoch.is_none()) {
    options.on_epoch = [&](const Epoch& epoch) {
      const GilTaken gil;
      return telling(cluster.get(), [&] { return proceed(on_epoch(dictionary_of(epoch))); });
    };
  }
  // Signals interrupt between two steps. The last step of an epoch is always reported.
  Pace signals(0.02), reports(step_interval);
  if (on_step.is_none()) {
    options.on_step = [&](const StepReport&) {
      if (!signals.due(Clock::now())) return;
      const GilTaken gil;
      raise_signals();
    };
  } else {
    options.on_step = [&](const StepReport& report) {
      const Clock::time_point now = Clock::now();
      const bool reported = reports.due(now) || report.step == report.steps;
      if (!signals.due(now) && !reported) return Proceed::yes;
      const GilTaken gil;
      return telling(cluster.get(), [&] {
        raise_signals();
        return reported ? proceed(on_step(dictionary_of(report))) : Proceed::yes;
      });
    };
  }
  return dictionary_of(until_ctrl_c(true, [&](const std::atomic<bool>* stop) {
    options.stop = stop;
    return model.fit(data, options);
  }));
}

}  // namespace

void bind_fit(nb::class_<Model>& model) {
  model.def(
      "fit", &fit, "data"_a, nb::kw_only(), "epochs"_a = 1, "batch_size"_a = 32, "shuffle"_a = true,
      "class_weight"_a = nb::none(), "balanced"_a = false, "validation_split"_a = 0.0,
      "validation"_a.none() = nb::none(), "seed"_a = 0, "threads"_a = 0, "gemm"_a = "auto", "kernels"_a = "auto",
      "precision"_a = "fp32", "checkpoint"_a = nb::none(), "resume"_a = false, "evaluate_training"_a = false,
      "profile"_a = false, "callbacks"_a = nb::none(), "on_begin"_a = nb::none(), "on_epoch"_a = nb::none(),
      "on_step"_a = nb::none(), "step_interval"_a = 0.0, "slices"_a = 0, "wire"_a = "fp32", "cluster"_a = nb::none(),
      "Trains, and returns a dictionary: \"epochs\" is a list with the losses and metrics of each epoch, \"seconds\", "
      "\"steps\", \"stopped\" (why it ended early, or \"\"), \"threads\" and others tell about the run.\n\n"
      "on_epoch(values) and on_step(values) are called with a dictionary after each epoch and step; the run ends if "
      "they return False. on_begin() is called once before the first step, when a checkpoint has been read. "
      "step_interval: seconds from one call of on_step to the next; 0: every step.\n"
      "checkpoint: the path of a file that is written after epochs, at most a twentieth of the time, and at the end; "
      "None: no file. resume: goes on from that file, with the bits of a run that was not interrupted; starts anew if "
      "there is none.\n"
      "cluster: a communicator of mpi4py, such as MPI.COMM_WORLD, whose processes train together: all of them call "
      "fit with the same data and options, and each takes a part of every batch. Only rank 0 writes the checkpoint; "
      "its on_step and on_epoch decide whether the run goes on. slices: parts of a batch, whose gradients are "
      "added in a fixed order; with the same number, any number of processes gives the same bits. 0: one for each "
      "process. wire: \"fp32\", or \"bfloat16\", in which gradients travel in half the bytes, rounded to 8 bits of "
      "precision.\n"
      "The GIL is released. Ctrl-C raises KeyboardInterrupt after the step; the model keeps what it has learned.\n"
      "Raises UsageError, DataError, NonFiniteError; in a cluster, every process raises the error of one.");
}

}  // namespace millrace::python
