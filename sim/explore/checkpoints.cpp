#include "explore/checkpoints.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdio>

#include "explore/report_codec.hpp"
#include "runtime/modules.hpp"

namespace sim {
namespace {

using checkpoint::Error;
using checkpoint::Reader;
using checkpoint::Writer;

enum Contents : std::uint64_t { beginning, explorer, end_of_all };

// What must be the same when an exploration goes on; budgets may differ.
std::vector<std::pair<std::string, std::string>> settings_of(const Options& options) {
  const auto yes_or_no = [](bool value) { return std::string(value ? "true" : "false"); };
  std::string stops = options.stop_at_first_violation ? "the first violation" : "";
  for (const std::string& property : options.stop_after) stops += (stops.empty() ? "" : " and ") + property;
  return {
      {"strategy", std::string(to_text(options.strategy))},
      {"seed", std::to_string(options.seed)},
      {"bound", options.bound ? std::to_string(*options.bound) : "none"},
      {"pct_depth", std::to_string(options.pct_depth)},
      {"max_steps", std::to_string(options.max_steps)},
      {"time", options.time == Time::free ? "free" : "urgent"},
      {"stack", std::to_string(options.stack_bytes)},
      {"unwind", yes_or_no(options.unwind)},
      {"count_traces", yes_or_no(options.count_traces)},
      {"select", options.select},
      {"end", stops.empty() ? "none" : stops},
      {"order", options.order == Order::breadth_first ? "breadth-first" : "depth-first"},
      {"identity", options.identity == StateIdentity::logical ? "logical" : "memory"},
      {"livelocks", yes_or_no(options.livelocks)},
      {"count_logical_states", yes_or_no(options.count_logical_states)},
  };
}

constexpr std::string_view from_the_start = "; explore from the start, without resuming";

}  // namespace

CheckpointContents contents_of_checkpoint(const std::string& file) {
  try {
    const checkpoint::File read(file);
    Reader from = read.reader();
    from.hash();
    from.number();
    from.text();
    for (std::uint64_t left = 2 * from.count(); left > 0; --left) from.text();
    return from.number() == explorer ? CheckpointContents::unfinished : CheckpointContents::ended;
  } catch (const Error&) {
    return CheckpointContents::not_a_checkpoint;
  }
}

Checkpoints::Checkpoints(const detail::Program& program, const Options& options)
    : file_(options.checkpoint_file),
      label_(options.checkpoint_label),
      program_(runtime::LoadedModules::instance().relocated(reinterpret_cast<std::uintptr_t>(program.run))),
      settings_(settings_of(options)) {
  if (options.resume) {
    read();
    return;
  }
  Writer to(file_);
  begin(to, beginning);
  to.commit();
}

void Checkpoints::begin(Writer& to, std::uint64_t contents) const {
  to.hash(runtime::LoadedModules::instance().contents());
  to.number(program_);
  to.text(label_);
  to.number(settings_.size());
  for (const auto& [name, value] : settings_) {
    to.text(name);
    to.text(value);
  }
  to.number(contents);
}

void Checkpoints::check_settings(Reader& from) const {
  const std::string of = file_ + ": this is a checkpoint of ";
  const std::string end(from_the_start);
  if (from.hash() != runtime::LoadedModules::instance().contents()) {
    throw Error(of + "another build of the program, or with other libraries; resume with that one, or explore from " +
                "the start, without resuming");
  }
  const bool same_program = from.number() == program_;
  if (const std::string label = from.text(); label != label_) {
    throw Error(of + "something else: of " + (label.empty() ? "a program without a label" : label) + ", not of " +
                (label_.empty() ? "a program without a label" : label_) + end);
  }
  if (!same_program) throw Error(of + "another program" + end);
  for (std::uint64_t left = from.count(); left > 0; --left) {
    const std::string name = from.text(), value = from.text();
    const auto mine = std::ranges::find(settings_, name, &Setting::first);
    if (mine == settings_.end() || mine->second == value) continue;
    throw Error(of + "an exploration with " + name + " = " + value + ", not " + mine->second +
                "; resume with the same options" + ", or explore from the start, without resuming");
  }
}

void Checkpoints::read() {
  read_.emplace(file_);
  Reader from = read_->reader();
  check_settings(from);
  switch (from.below(end_of_all + 1)) {
    case explorer:
      run = from.number();
      seconds_before = std::bit_cast<double>(from.number());
      saved_ = from;
      break;
    case end_of_all:
      ended_ = decode(from.text());
      if (!ended_)
        throw Error(file_ + ": the checkpoint is damaged: its report cannot be read" + std::string(from_the_start));
      break;
    default:
      break;
  }
}

template <class Act>
void Checkpoints::attempt(Act act) {
  try {
    Writer to(file_);
    act(to);
    to.commit();
  } catch (const Error& error) {
    if (!std::exchange(has_failed_, true)) {
      std::fprintf(stderr, "racewalk: %s; the exploration goes on\n", error.what());
    }
  }
}

void Checkpoints::write(const std::function<void(Writer&)>& save) {
  attempt([&](Writer& to) {
    begin(to, explorer);
    to.number(run);
    save(to);
  });
}

void Checkpoints::write_end(const Report& report) {
  attempt([&](Writer& to) {
    begin(to, end_of_all);
    to.text(encode(report));
  });
}

}  // namespace sim
