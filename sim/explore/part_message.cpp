#include "explore/part_message.hpp"

#include <cstring>
#include <type_traits>
#include <utility>

#include "base/check.hpp"

namespace sim {
namespace {

class Writer {
 public:
  template <class T>
  void field(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <class T, class Item>
  void list(const std::vector<T>& items, Item item) {
    field(static_cast<std::uint32_t>(items.size()));
    for (const T& it : items) item(it);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  template <class T>
  void field(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    SIM_CHECK(rest_.size() >= sizeof value);
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
  }
  template <class T, class Item>
  void list(std::vector<T>& items, Item item) {
    std::uint32_t count = 0;
    field(count);
    SIM_CHECK(count <= rest_.size());
    items.resize(count);
    for (T& it : items) item(it);
  }

 private:
  std::string_view rest_;
};

// Both directions walk the same way.
template <class Message, class Codec>
void walk(Message& message, Codec& codec) {
  codec.list(message.plans, [&](auto& plan) {
    codec.field(plan.depth);
    codec.list(plan.sequence, [&](auto& transition) {
      codec.field(transition.thread);
      codec.field(transition.everything);
      codec.list(transition.accesses, [&](auto& access) { codec.field(access); });
      codec.list(transition.values, [&](auto& value) { codec.field(value); });
    });
  });
  codec.field(message.looks_ahead);
  codec.list(message.read_sets, [&](auto& set) {
    codec.field(set.key);
    codec.list(set.objects, [&](auto& object) { codec.field(object); });
  });
}

}  // namespace

std::string PartMessage::encode() const {
  Writer writer;
  walk(*this, writer);
  return writer.take();
}

PartMessage PartMessage::decode(std::string_view bytes) {
  PartMessage message;
  Reader reader(bytes);
  walk(message, reader);
  return message;
}

}  // namespace sim
