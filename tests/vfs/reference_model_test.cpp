#include "reference_model.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "operations.hpp"

namespace sim::vfs {
namespace {

using random::Kind;
using random::Step;

constexpr std::size_t capacity = 40;

reference::Rights letters(unsigned bits, const std::string& alphabet) {
  reference::Rights rights;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    if ((bits >> i & 1) != 0) rights.insert(alphabet[i]);
  }
  return rights;
}

reference::Outcome perform(reference::Model& model, const Step& step) {
  const std::string& path = random::paths[step.path];
  const std::string& target = random::paths[step.target];
  const reference::HandleName handle{step.owner, step.index};
  switch (step.kind) {
    case Kind::open:
      return model.open(step.thread, path, letters(step.access, "rwaxdi"), letters(step.share, "rwd"),
                        static_cast<int>(step.disposition));
    case Kind::close:
      return model.close(handle);
    case Kind::read:
      return model.read(handle, step.offset, step.size);
    case Kind::write:
      return model.write(handle, step.offset, random::data_of(step));
    case Kind::set_end:
      return model.set_end(handle, step.offset);
    case Kind::remove:
      return model.remove(path);
    case Kind::move:
      return model.move(path, target, step.flag);
    case Kind::rename:
      return model.rename(handle, target, step.flag);
    case Kind::make_directory:
      return model.make_directory(path);
    case Kind::remove_directory:
      return model.remove_directory(path);
    case Kind::attributes:
      return model.attributes(path);
    case Kind::set_read_only:
      return model.set_read_only(path, step.flag);
    case Kind::next:
      return model.next(step.flag ? "" : path, random::last_of(step));
    case Kind::lock:
      return model.lock(handle, step.offset, random::lock_length(step), step.flag);
    case Kind::unlock:
      return model.unlock(handle, step.offset, random::lock_length(step));
    case Kind::flush:
      return model.flush(handle);
  }
  return {};
}

std::vector<std::string> list(Volume& volume, const std::string& directory) {
  std::vector<std::string> names;
  const std::string pattern = directory + "\\*";
  std::string last;
  char name[max_name];
  for (;;) {
    Request request(volume, 0, no_object);
    request.path = pattern;
    request.last = last;
    request.name = name;
    next_name(request);
    if (request.error != Win32Error::success) return names;
    last.assign(name, request.name_size);
    names.push_back(last);
  }
}

RC_GTEST_PROP(ReferenceModel, every_answer_and_every_listing_agrees, ()) {
  const auto steps = *random::any_steps();
  Volume volume("C:", 0, capacity);
  reference::Model model(capacity);
  for (const Step& step : steps) {
    const auto answer = random::perform(volume, step);
    const auto expected = perform(model, step);
    RC_ASSERT(static_cast<unsigned>(answer.error) == expected.error);
    RC_ASSERT(answer.text == expected.answer);
    for (const char* directory : {"", "D", "D\\E", "A", "B", "X"})
      RC_ASSERT(list(volume, directory) == model.list(directory));
    std::vector<reference::HandleName> handles;
    for (const Open& open : volume.opens()) handles.emplace_back(open.thread, open.index);
    RC_ASSERT(handles == model.handles());
  }
}

RC_GTEST_PROP(ReferenceModel, closing_everything_leaves_nothing_open_and_nothing_pending, ()) {
  const auto steps = *random::any_steps();
  Volume volume("C:", 0, capacity);
  for (const Step& step : steps) random::perform(volume, step);
  while (!volume.opens().empty()) {
    Request request(volume, 0, no_object);
    request.handle = {0, volume.opens().back().thread, volume.opens().back().index};
    close_file(request);
    RC_ASSERT(request.error == Win32Error::success);
  }
  for (const NodeId id : volume.in_order()) {
    RC_ASSERT(volume.node(id).opens == 0);
    RC_ASSERT(!volume.node(id).delete_pending);
  }
}

}  // namespace
}  // namespace sim::vfs
