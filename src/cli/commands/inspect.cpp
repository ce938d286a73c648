// SPDX-License-Identifier: Apache-2.0
//
// millrace inspect: describes a model or a checkpoint.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/excerpt.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "cli/commands/model_file.hpp"
#include "cli/commands/run_identity.hpp"
#include "cli/screen/console.hpp"
#include "cli/screen/json_line.hpp"
#include "cli/settings/command.hpp"
#include "millrace/catalogue.hpp"
#include "millrace/checkpoint.hpp"
#include "millrace/words.hpp"
#include "model/files/checkpoint.hpp"
#include "model/files/onnx.hpp"
#include "model/state.hpp"

namespace millrace::cli {

namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

// What decides the bits of a run, where its rows come from and how it was started.
Facts facts_of(const RunOrigin& origin) {
  Facts facts;
  for (const IdentityFact& fact : identity_facts(origin)) facts.emplace_back(fact.key, fact.text);
  facts.insert(facts.end(), origin.about.begin(), origin.about.end());
  return facts;
}

struct Subject {
  std::string path;
  std::unique_ptr<Model::State> model = std::make_unique<Model::State>();
  std::optional<CheckpointRun> run;  ///< of a checkpoint
  Facts origin;                      ///< likewise
  std::string plan;                  ///< with --plan
};

Subject read_subject(const std::string& path) {
  Subject subject;
  subject.path = path;
  refuse_weights(path);
  if (is_checkpoint(path)) {
    const TensorFile file = open_checkpoint(path);
    const RecordedRun run = read_checkpoint(file, path, *subject.model);
    subject.run = describe_recorded_run(run, subject.model->card);
    subject.origin = facts_of(run.origin);
    if (!run.state.changes.empty()) subject.origin.emplace_back("changes", join(run.state.changes, "; "));
    subject.origin.emplace_back("version", file.metadata.at("millrace"));
  } else {
    read_model(path, *subject.model);
  }
  return subject;
}

std::string loss_text(const ModelCard& card) {
  const auto text = [&](const LossConfig& loss) {
    return loss.op.empty() ? "no loss" : shortest_text(OperationKind::loss, loss, card.network.semantics);
  };
  if (card.compiled.outputs.empty()) return text(card.compiled.loss);
  return join(card.compiled.outputs, ", ", [&](const OutputOptions& output) {
    return output.output + ": " + (output.weight == 1 ? "" : number_text(output.weight) + " ") + text(output.loss);
  });
}

// Those of several outputs with the name of the output in front, as reports have them.
std::vector<std::string> all_metrics(const ModelCard& card) {
  std::vector<std::string> names = metric_names(card.compiled.metrics);
  for (const OutputOptions& output : card.compiled.outputs)
    for (const std::string& name : metric_names(output.metrics)) names.push_back(output.output + "_" + name);
  return names;
}

std::string optimizer_text(const ModelCard& card) {
  return shortest_text(OperationKind::optimizer, card.compiled.optimizer, card.network.semantics);
}

// Clipping, weight decay and their like: "clipnorm=1", or empty.
std::string update_text(const ModelCard& card) {
  return shared_options_text(OperationKind::optimizer, card.compiled.update);
}

// "cosine_decay:decay_steps=1000:warmup=100", or empty.
std::string schedule_text(const ModelCard& card) {
  const ScheduleConfig& schedule = card.compiled.schedule;
  if (schedule.op.empty() && card.compiled.pace.warmup == 0) return "";
  const ScheduleConfig named = schedule.op.empty() ? ScheduleConfig(Constant{}) : schedule;
  const std::string pace = shared_options_text(OperationKind::schedule, card.compiled.pace);
  return shortest_text(OperationKind::schedule, named, card.network.semantics) + (pace.empty() ? "" : ":" + pace);
}

std::string row(const std::string& title, const std::string& text, std::size_t width = 14) {
  return title + std::string(width > title.size() ? width - title.size() : 1, ' ') + text + "\n";
}

double learning_rate(const Subject& subject) {
  const ModelCard& card = subject.model->card;
  if (subject.run && !subject.run->history.empty()) return subject.run->history.back().learning_rate;
  return make_optimizer(card.compiled.optimizer, card.network.semantics)->learning_rate();
}

std::string text_of(Subject& subject) {
  const ModelCard& card = subject.model->card;
  const std::int64_t inputs = card.feature_columns;
  std::string text = subject.path + (subject.run ? ": a checkpoint of millrace\n" : ": an ONNX model\n") +
                     subject.model->network->summary();
  text += row("features", counted(inputs, "column") + (subject.model->preparation.empty() ? "" : ", standardised") +
                              (card.feature_names.empty() ? ", by position" : ": " + some_names(card.feature_names)));
  if (!card.target_names.empty())
    text += row(card.target_names.size() == 1 ? "target" : "targets", some_names(card.target_names));
  if (!card.classes.empty()) text += row("classes", some_names(card.classes));
  for (std::size_t i = 0; i < std::min(card.target_classes.size(), card.target_names.size()); ++i)
    if (!card.target_classes[i].empty())
      text += row("classes", card.target_names[i] + ": " + some_names(card.target_classes[i]));
  if (card.compiled.has_loss()) {
    text += row("loss", loss_text(card)) + row("optimizer", optimizer_text(card)) +
            row("learning rate", number_text(learning_rate(subject)));
    if (const std::string update = update_text(card); !update.empty()) text += row("update", update);
    if (const std::string schedule = schedule_text(card); !schedule.empty()) text += row("schedule", schedule);
    if (const std::vector<std::string> metrics = all_metrics(card); !metrics.empty())
      text += row("metrics", some_names(metrics));
  }
  if (subject.run) {
    text += row("run", counted(subject.run->epoch, "epoch") + " and " + counted(subject.run->step, "step") + " done, " +
                           counted(subject.run->updates, "update"));
  }
  for (const auto& [name, value] : subject.origin) text += row("  " + name, value, 18);
  return text + subject.plan;
}

std::string json_of(Subject& subject) {
  using Json = nlohmann::ordered_json;
  const ModelCard& card = subject.model->card;
  const Network& network = *subject.model->network;
  Json layers = Json::array();
  for (const NetworkNode& node : network.nodes()) {
    layers.push_back({{"name", node.name},
                      {"layer", shortest_text(OperationKind::layer, node.config, card.network.semantics)},
                      {"shape", node.output}});
  }
  Json object{{"kind", subject.run ? "checkpoint" : "model"},
              {"inputs", card.feature_columns},
              {"outputs", network.output_width()},
              {"parameters", network.weight_count()},
              {"layers", layers},
              {"standardized", !subject.model->preparation.empty()},
              {"features", card.feature_names},
              {"targets", card.target_names},
              {"classes", card.classes}};
  if (!card.target_classes.empty()) object["target_classes"] = card.target_classes;
  if (card.compiled.has_loss()) {
    object["loss"] = loss_text(card);
    object["optimizer"] = optimizer_text(card);
    object["learning_rate"] = learning_rate(subject);
    if (const std::string update = update_text(card); !update.empty()) object["update"] = update;
    if (const std::string schedule = schedule_text(card); !schedule.empty()) object["schedule"] = schedule;
    object["metrics"] = all_metrics(card);
  }
  if (subject.run) {
    object["run"] = {{"epoch", subject.run->epoch}, {"step", subject.run->step}, {"updates", subject.run->updates}};
    for (const auto& [name, value] : subject.origin) object["run"][name] = value;
  }
  if (!subject.plan.empty()) object["plan"] = subject.plan;
  return json_line(object);
}

// Of the step whose plan is shown: as asked, or as in the run of the checkpoint.
std::string precision_of_plan(const Settings& settings, const Subject& subject) {
  if (settings.has("precision")) return settings.word("precision", precision_words);
  const auto told = std::ranges::find(subject.origin, "precision", &Facts::value_type::first);
  return told == subject.origin.end() ? "fp32" : told->second;
}

void inspect(const Settings& settings) {
  const bool json = settings.boolean("json", false), plan = settings.boolean("plan", false);
  const std::int64_t batch = settings.integer("batch", 32, 1);
  Subject subject = read_subject(settings.argument);
  if (plan) {
    const std::string& path = settings.argument;
    const Model model = is_checkpoint(path) ? Model::load_checkpoint(path) : Model::load_onnx(path);
    subject.plan = model.plan(batch, "auto", "auto", precision_of_plan(settings, subject));
  }
  print(json ? json_of(subject) : text_of(subject));
}

std::vector<HelpSection> notes() {
  return {
      {.text =
           "The plan holds what training decides before its first step: kernels, tiles, slices and the bytes of its "
           "buffers. Products in mixed precision are called bf16, or bf16 emulated."}};
}

}  // namespace

Command inspect_command() {
  return {"inspect",
          "Describes a model or a checkpoint",
          "MODEL.onnx|CHECKPOINT",
          {{"plan", "", "Output", "Also print the plan of a training step"},
           {"batch", "N", "Output", "Rows of that step. Default: 32"},
           {"precision", one_of(precision_words), "Output",
            "Precision of its products. Default: that of the checkpoint's run; fp32 for a model"},
           {"json", "", "Output", "Print the description as one JSON object"}},
          notes,
          inspect,
          {},
          {{"batch", FlagRule::Relation::needs, "plan", "is part of the plan"},
           {"precision", FlagRule::Relation::needs, "plan", "is part of the plan"}}};
}

}  // namespace millrace::cli
