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
  set_read_only
};
inline constexpr int kind_count = 12;

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
      rc::gen::set(&Step::index, rc::gen::cast<std::uint16_t>(below(3))),
      rc::gen::set(&Step::path, below(static_cast<int>(paths.size()))),
      rc::gen::set(&Step::target, below(static_cast<int>(paths.size()))), rc::gen::set(&Step::access, below(64)),
      rc::gen::set(&Step::share, rc::gen::oneOf(rc::gen::just(7U), below(8))),
      rc::gen::set(&Step::disposition, below(5)), rc::gen::set(&Step::offset, below(12)),
      rc::gen::set(&Step::size, below(9)), rc::gen::set(&Step::flag));
}

inline rc::Gen<std::vector<Step>> any_steps() {
  return rc::gen::container<std::vector<Step>>(any_step());
}

/// The bytes that a step writes: never zero, different from step to step.
inline std::string data_of(const Step& step) {
  std::string data(step.size, 'a');
  for (unsigned i = 0; i < step.size; ++i) data[i] = static_cast<char>('a' + (step.offset + step.index + i) % 26);
  return data;
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
  request.attributes.read_only = step.flag;
  if (step.kind == Kind::write) request.data = std::as_bytes(std::span(data.data(), data.size()));
  if (step.kind == Kind::read) request.out = std::as_writable_bytes(std::span(buffer.data(), buffer.size()));
  static constexpr void (*functions[])(Request&) = {
      open_file,      close_file,    read_file,        write_file,     set_file_end,
      delete_name,    move_name,     rename_open_file, make_directory, remove_empty_directory,
      get_attributes, put_attributes};
  functions[static_cast<int>(step.kind)](request);

  Answer answer{request.error, ""};
  if (request.error != Win32Error::success) return answer;
  if (step.kind == Kind::open) answer.text = std::to_string(request.handle.index);
  if (step.kind == Kind::read) answer.text = buffer.substr(0, request.count);
  if (step.kind == Kind::write) answer.text = std::to_string(request.count);
  if (step.kind == Kind::attributes) {
    const Attributes& found = request.attributes;
    answer.text = std::string(found.directory ? "d" : "") + (found.read_only ? "r" : "") + std::to_string(found.size);
  }
  return answer;
}

}  // namespace sim::vfs::random
