// A lock-free stack whose nodes are reused at once. Between the read of the top's successor and the exchange of the top
// others may pop that node, take its successor away, and push the node again: the exchange succeeds, and puts a node on
// the stack that is somebody's (ABA). A tag beside the top, which counts changes, makes that exchange fail.
// Source: Treiber, IBM report RJ 5118, 1986.
#include <fmt/format.h>

#include <array>
#include <optional>

#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/atomic.hpp"
#include "sync/property.hpp"

namespace models::classic {
namespace {

constexpr int none = -1;
constexpr int most_nodes = 6;

struct Top {
  int node;
  unsigned tag;  ///< Always 0 in the broken stack.
};

}  // namespace
}  // namespace models::classic

/// "0, tag 2", for people.
template <>
struct fmt::formatter<models::classic::Top> : formatter<string_view> {
  auto format(const models::classic::Top& top, format_context& context) const {
    return fmt::format_to(context.out(), "{}, tag {}", top.node, top.tag);
  }
};

namespace models::classic {
namespace {

class TreiberStack : public sim::Model {
 public:
  explicit TreiberStack(const sim::Parameters& parameters)
      : broken_(parameters.boolean("broken")), nodes_(static_cast<int>(parameters.integer("nodes"))) {}

  void start(sim::World& world) override {
    {
      const sim::InitialState initial;
      for (int node = nodes_ - 1; node >= 0; --node) push(node);
    }
    world.spawn("popper", [this] { hold(0, pop()); });
    world.spawn("reuser", [this] {
      const int first = pop();
      hold(1, pop());
      if (first != none) push(first);
    });
  }

  /// Each node is on the stack, or held by one thread.
  std::optional<sim::FinalViolation> check_final_state() override {
    std::array<int, most_nodes> places{};
    for (const int node : held_) {
      if (node != none) ++places[static_cast<std::size_t>(node)];
    }
    int seen = 0;
    for (int node = top_.load().node; node != none && seen < nodes_; ++seen) {
      ++places[static_cast<std::size_t>(node)];
      node = next_[static_cast<std::size_t>(node)];
    }
    for (int node = 0; node < nodes_; ++node) {
      const int count = places[static_cast<std::size_t>(node)];
      if (count == 1) continue;
      return sim::FinalViolation{"each-node-once",
                                 "node " + std::to_string(node) + " is in " + std::to_string(count) + " places"};
    }
    return std::nullopt;
  }

 private:
  Top changed(Top from, int to) const { return {to, broken_ ? 0 : from.tag + 1}; }

  void push(int node) {
    Top top = top_;
    do {
      next_[static_cast<std::size_t>(node)] = top.node;
    } while (!top_.compare_exchange_strong(top, changed(top, node)));
  }

  int pop() {
    Top top = top_;
    while (top.node != none) {
      const int next = next_[static_cast<std::size_t>(top.node)];
      if (top_.compare_exchange_strong(top, changed(top, next))) break;
      sim::reach("exchange-failed");
    }
    return top.node;
  }

  void hold(std::size_t thread, int node) { held_[thread] = node; }

  bool broken_;
  int nodes_;
  sim::atomic<Top> top_{Top{none, 0}, "top"};
  std::array<sim::atomic<int>, most_nodes> next_ = named_array<sim::atomic<int>, most_nodes>("next", none);
  std::array<int, 2> held_{none, none};  // Each written by one thread, and read at the end.
};

}  // namespace

sim::ModelInfo treiber_stack() {
  constexpr std::string_view source = "Treiber, IBM RJ 5118, 1986";
  return {
      .name = "treiber-stack",
      .title = "A lock-free stack whose nodes are reused at once",
      .parameters = {broken("The top has no tag, so that a node that came back goes unnoticed (ABA).", source),
                     number("nodes", 3, 2, most_nodes, "nodes", "Nodes on the stack at the start.", source)},
      .properties = {{"each-node-once", "Each node is on the stack, or held by one thread."}},
      .goals = {{"exchange-failed", "A pop had to try again."}},
      .make = make<TreiberStack>,
  };
}

}  // namespace models::classic
