#include "event/trace.hpp"

#include <algorithm>

namespace sim {

void Trace::name_thread(ThreadId thread, std::string name) {
  while (thread_names_.size() <= thread) thread_names_.push_back("thread " + std::to_string(thread_names_.size()));
  if (!name.empty()) thread_names_[thread] = std::move(name);
}

std::string Trace::object_name(ObjectId object) const {
  if (object == no_object) return {};
  const auto found = object_names_.find(object);
  return found != object_names_.end() ? found->second : "object " + std::to_string(object);
}

std::size_t Trace::scheduled_steps() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(events_, [](const Event& event) { return !executes_at_once(event.operation.kind); }));
}

}  // namespace sim
