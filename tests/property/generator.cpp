#include "tests/property/generator.hpp"

#include <algorithm>
#include <numeric>

namespace property {
namespace {

/// A phrase, or a section with phrases in it.
struct Piece {
  unsigned kind = 0;  ///< Modulo the number of phrases and sections.
  int object = 0, value = 0;
  std::vector<Piece> inner = {};
};

rc::Gen<Piece> piece(bool with_inner) {
  const auto make = [](unsigned kind, int object, int value, std::vector<Piece> inner) {
    return Piece{kind, object, value, std::move(inner)};
  };
  const auto inner = with_inner ? rc::gen::resize(2, rc::gen::container<std::vector<Piece>>(piece(false)))
                                : rc::gen::just(std::vector<Piece>{});
  return rc::gen::apply(make, rc::gen::noShrink(rc::gen::inRange(0U, 1U << 16)), rc::gen::element(0, 1),
                        rc::gen::inRange(0, 30), inner);
}

// The values that an operation takes, made of any number.
int value_for(Op op, int any) {
  switch (op) {
    case Op::choose:
      return 2 + any % 2;
    case Op::invariant_sum:
    case Op::invariant_one:
    case Op::check_not:
    case Op::expect_not:
    case Op::assume_not:
      return 1 + any % 3;
    case Op::file_open:
      return any % 6;
    default:
      return any % 3;
  }
}

void append(Code& code, const Code& more, const Piece& piece) {
  for (Instruction i : more) {
    if (i.object == drawn) i.object = piece.object;
    if (i.object == other) i.object = 1 - piece.object;
    if (i.value == drawn) i.value = value_for(i.op, piece.value);
    code.push_back(i);
  }
}

Code code_of(const Theme& theme, const Piece& piece, bool only_phrases) {
  const std::size_t kinds = theme.phrases.size() + (only_phrases ? 0 : theme.sections.size());
  const std::size_t kind = piece.kind % kinds;
  Code code;
  if (kind < theme.phrases.size()) {
    append(code, theme.phrases[kind], piece);
    return code;
  }
  const Section& section = theme.sections[kind - theme.phrases.size()];
  append(code, section.before, piece);
  for (const Piece& inner : piece.inner) {
    const Code more = code_of(theme, inner, true);
    code.insert(code.end(), more.begin(), more.end());
  }
  append(code, section.after, piece);
  for (std::size_t at = 0; at < section.before.size(); ++at) {
    if (is_condition(code[at].op)) code[at].guarded = static_cast<int>(code.size() - at - 1);
  }
  return code;
}

// Scheduling points, roughly.
int steps_of(Op op) {
  switch (op) {
    case Op::choose:
    case Op::check_not:
    case Op::expect_not:
    case Op::assume_not:
    case Op::invariant_sum:
    case Op::invariant_one:
    case Op::ghost_change:
    case Op::ghost_get:
    case Op::look_at_time:
      return 0;
    case Op::wait:
    case Op::line_wait:
    case Op::latch_arrive_and_wait:
    case Op::barrier_arrive_and_wait:
    case Op::completing_arrive_and_wait:
      return 2;
    case Op::wait_for:
    case Op::line_wait_for:
    case Op::barrier_arrive_then_wait:
    case Op::stop_callback:
    case Op::wait_at_least:
    case Op::wait_at_least_for:
    case Op::file_names:
      return 3;
    case Op::named:
      return 4;
    case Op::any_wait:
    case Op::any_wait_for:
    case Op::any_wait_recursive:
    case Op::any_line_wait:
    case Op::nested_thread:
    case Op::nested_thread_and_point:
    case Op::nested_jthread:
      return 4;
    case Op::any_wait_stop:
    case Op::any_wait_for_stop:
      return 6;
    default:
      return 1;
  }
}

using Phrases = std::vector<Code>;  ///< Of a thread.

// Interleavings of straight-line code, were nothing to block: a multinomial. Choices multiply it.
double interleavings(const std::vector<Phrases>& threads) {
  double count = 1, steps = 0;
  for (const Phrases& thread : threads) {
    double own = 0;
    for (const Code& phrase : thread) {
      for (const Instruction& i : phrase) {
        if (i.op == Op::choose) count *= i.value;
        for (int step = 0; step < steps_of(i.op); ++step) count *= ++steps / ++own;
      }
    }
  }
  return count;
}

std::size_t length(const Phrases& phrases) {
  return std::accumulate(phrases.begin(), phrases.end(), std::size_t{0},
                         [](std::size_t sum, const Code& code) { return sum + code.size(); });
}

constexpr bool creates_thread(Op op) {
  return op == Op::nested_thread || op == Op::nested_thread_and_point || op == Op::nested_jthread;
}

// A thread that crashes alone would leave behind one that it created, which nobody joins: it would run on while the
// main thread looks at what is left, which is no access, and after it. So nobody creates any there.
void spare_orphans(RandomProgram& program) {
  if (!uses(program, Op::crash_thread)) return;
  for (Code& code : program.threads) {
    for (Instruction& i : code) {
      if (creates_thread(i.op)) i.op = Op::store;
    }
  }
}

RandomProgram assemble(const Theme& theme, const std::vector<Phrases>& threads, unsigned flags) {
  RandomProgram program;
  for (const Phrases& phrases : threads) {
    Code& code = program.threads.emplace_back();
    for (const Code& phrase : phrases) code.insert(code.end(), phrase.begin(), phrase.end());
  }
  spare_orphans(program);
  program.free_time = (flags & 1) != 0;
  program.stoppable = uses(program, Op::own_stop_requested) && (flags & 2) != 0;
  program.processes = !program.stoppable && uses(program, Op::crash_process) && (flags & 2) != 0;
  const auto on_files = [](const Instruction& i) { return i.op >= Op::file_open; };
  if (std::ranges::any_of(program.threads, [&](const Code& code) { return std::ranges::any_of(code, on_files); })) {
    program.volumes = (flags & 4) != 0 ? 2 : 1;
    program.inline_serving = (flags & 8) != 0;
  }
  program.theme = theme.name;
  return program;
}

RandomProgram build(const Theme& theme, double limit, const std::vector<std::vector<Piece>>& pieces, unsigned flags) {
  std::vector<Phrases> threads;
  for (const auto& thread : pieces) {
    Phrases& phrases = threads.emplace_back();
    for (const Piece& piece : thread) phrases.push_back(code_of(theme, piece, false));
  }
  while (interleavings(threads) > limit) std::ranges::max_element(threads, {}, length)->pop_back();
  return assemble(theme, threads, flags);
}

}  // namespace

rc::Gen<RandomProgram> programs_of(const Theme& theme, double limit) {
  const auto thread = rc::gen::resize(4, rc::gen::nonEmpty(rc::gen::container<std::vector<Piece>>(piece(true))));
  const auto threads = rc::gen::mapcat(rc::gen::inRange(theme.least_threads, theme.most_threads + 1), [=](int count) {
    return rc::gen::container<std::vector<std::vector<Piece>>>(static_cast<std::size_t>(count), thread);
  });
  return rc::gen::apply([&theme, limit](const std::vector<std::vector<Piece>>& pieces,
                                        unsigned flags) { return build(theme, limit, pieces, flags); },
                        threads, rc::gen::inRange(0U, 16U));
}

rc::Gen<RandomProgram> programs() {
  std::vector<const Theme*> weighted;
  for (const Theme& theme : themes()) weighted.insert(weighted.end(), static_cast<std::size_t>(theme.weight), &theme);
  const auto theme = rc::gen::noShrink(rc::gen::elementOf(weighted));
  // Few programs may be large: they take most of the time.
  const auto limit = rc::gen::noShrink(rc::gen::element(100.0, 300.0, 1'000.0, 1'000.0, 4'000.0, 20'000.0));
  return rc::gen::mapcat(rc::gen::pair(theme, limit), [](const std::pair<const Theme*, double>& drawn_pair) {
    return programs_of(*drawn_pair.first, drawn_pair.second);
  });
}

std::vector<RandomProgram> samples() {
  std::vector<RandomProgram> all;
  for (const Theme& theme : themes()) {
    if (&theme == &themes().back()) break;  // Everything once more.
    const auto kinds = static_cast<unsigned>(theme.phrases.size() + theme.sections.size());
    for (unsigned kind = 0; kind < kinds; kind += 6) {
      std::vector<Phrases> threads(2);
      for (unsigned i = kind; i < std::min(kind + 6, kinds); ++i) {
        const int any = static_cast<int>(i);
        threads[i % 2].push_back(code_of(theme, {i, any % 2, any, {{0, 1 - any % 2, any, {}}}}, false));
      }
      all.push_back(assemble(theme, threads, static_cast<unsigned>(all.size() % 16)));
    }
  }
  return all;
}

}  // namespace property
