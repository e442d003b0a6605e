#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "vfs/request.hpp"

/// Random operations on one volume, by two threads.
namespace sim::vfs::random {

enum class Kind {
  open,
  close,
  read,
  write,
  set_end,
  remove,
  move,
  rename,
  make_directory,
  remove_directory,
  attributes,
  set_read_only,
  next,
  lock,
  unlock,
  flush
};
inline constexpr int kind_count = 16;

struct Step {
  Kind kind;
  std::uint8_t thread;    ///< Who calls.
  std::uint8_t owner;     ///< Of the handle.
  std::uint16_t index;    ///< Of the handle.
  unsigned path, target;  ///< Into paths.
  unsigned access, share;
  unsigned disposition;
  unsigned offset, size;
  bool flag;
};

inline const std::vector<std::string> paths = {"A", "b", "B", "D", "D\\A", "D\\a", "D\\E", "d\\E\\F", "X\\A", "A\\B"};

inline std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << "\n  {kind " << static_cast<int>(step.kind) << ", thread " << int{step.thread} << ", handle "
             << int{step.owner} << "." << step.index << ", " << paths[step.path] << " -> " << paths[step.target]
             << ", access " << step.access << ", share " << step.share << ", disposition " << step.disposition
             << ", at " << step.offset << " size " << step.size << ", flag " << step.flag << "}";
}

inline rc::Gen<Step> any_step() {
  const auto below = [](int bound) { return rc::gen::inRange<unsigned>(0, static_cast<unsigned>(bound)); };
  // Opening is what makes the others interesting, and full sharing what lets them get far.
  const auto kind = rc::gen::map(below(kind_count + 6),
                                 [](unsigned k) { return k < kind_count ? static_cast<Kind>(k) : Kind::open; });
  return rc::gen::build<Step>(
      rc::gen::set(&Step::kind, kind), rc::gen::set(&Step::thread, rc::gen::cast<std::uint8_t>(below(2))),
      rc::gen::set(&Step::owner, rc::gen::cast<std::uint8_t>(below(2))),
      rc::gen::set(&Step::index, rc::gen::cast<std::uint16_t>(below(2))),
      rc::gen::set(&Step::path, below(static_cast<int>(paths.size()))),
      rc::gen::set(&Step::target, below(static_cast<int>(paths.size()))), rc::gen::set(&Step::access, below(64)),
      rc::gen::set(&Step::share, rc::gen::oneOf(rc::gen::just(7U), below(8))),
      rc::gen::set(&Step::disposition, below(5)), rc::gen::set(&Step::offset, below(12)),
      rc::gen::set(&Step::size, below(9)), rc::gen::set(&Step::flag));
}

/// A directory and one in it, which other steps need.
inline std::vector<Step> prepared_directories() {
  Step step{};
  step.kind = Kind::make_directory;
  step.path = 3;
  std::vector<Step> steps{step};
  step.path = 6;
  steps.push_back(step);
  return steps;
}

inline rc::Gen<std::vector<Step>> any_steps() {
  const auto rest = rc::gen::scale(2.0, rc::gen::container<std::vector<Step>>(any_step()));
  return rc::gen::map(rest, [](const std::vector<Step>& drawn) {
    std::vector<Step> steps = prepared_directories();
    steps.insert(steps.end(), drawn.begin(), drawn.end());
    return steps;
  });
}

/// The pattern of a step that enumerates, and the name behind which it goes on.
inline std::string pattern_of(const Step& step) {
  return step.flag ? "*" : paths[step.path] + "\\*";
}
inline std::string last_of(const Step& step) {
  const std::string& path = paths[step.target];
  return path.substr(path.rfind('\\') + 1);
}

/// The bytes that a step writes: never zero, different from step to step.
inline std::string data_of(const Step& step) {
  std::string data(step.size, 'a');
  for (unsigned i = 0; i < step.size; ++i) data[i] = static_cast<char>('a' + (step.offset + step.index + i) % 26);
  return data;
}

/// How much a step locks or unlocks: few lengths, so that ranges are met again.
inline unsigned lock_length(const Step& step) {
  return step.size % 3 + 1;
}

/// What a call said.
struct Answer {
  Win32Error error = Win32Error::success;
  std::string text;
};

/// Performs the step on a volume, unscheduled, as its thread.
inline Answer perform(Volume& volume, const Step& step) {
  Request request(volume, step.thread, no_object);
  const std::string data = data_of(step);
  std::string buffer(step.size, '?');
  request.path = paths[step.path];
  request.target = paths[step.target];
  request.handle = {0, step.owner, step.index};
  request.access = static_cast<Access>(step.access);
  request.share = static_cast<Share>(step.share);
  request.disposition = static_cast<Disposition>(step.disposition);
  request.replace = step.flag;
  request.offset = step.offset;
  request.length = lock_length(step);
  request.exclusive = step.flag;
  request.attributes.read_only = step.flag;
  const std::string pattern = pattern_of(step), last = last_of(step);
  char name[max_name];
  if (step.kind == Kind::next) {
    request.path = pattern;
    request.last = last;
    request.name = name;
  }
  if (step.kind == Kind::write) request.data = std::as_bytes(std::span(data.data(), data.size()));
  if (step.kind == Kind::read) request.out = std::as_writable_bytes(std::span(buffer.data(), buffer.size()));
  static constexpr void (*functions[])(Request&) = {
      open_file,      close_file,     read_file,        write_file,     set_file_end,
      delete_name,    move_name,      rename_open_file, make_directory, remove_empty_directory,
      get_attributes, put_attributes, next_name,        lock_range,     unlock_range,
      flush_file};
  functions[static_cast<int>(step.kind)](request);

  Answer answer{request.error, ""};
  if (request.error != Win32Error::success) return answer;
  if (step.kind == Kind::open) answer.text = std::to_string(request.handle.index);
  if (step.kind == Kind::read) answer.text = buffer.substr(0, request.count);
  if (step.kind == Kind::write) answer.text = std::to_string(request.count);
  if (step.kind == Kind::next) answer.text = std::string(name, request.name_size);
  if (step.kind == Kind::attributes) {
    const Attributes& found = request.attributes;
    answer.text = std::string(found.directory ? "d" : "") + (found.read_only ? "r" : "") + std::to_string(found.size);
  }
  return answer;
}

}  // namespace sim::vfs::random
