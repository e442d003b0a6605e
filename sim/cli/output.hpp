#pragma once

#include <string>
#include <string_view>

#include "base/input_error.hpp"
#include "base/result.hpp"

namespace sim::cli {

/// Writes to standard output, all of it and at once. Fails if the reader is gone or the disk is full.
Result<Ok, InputError> print(std::string_view text);

/// Prints "racewalk: ..." in one line on standard error.
void print_error(const InputError& error);

/// The words that racewalk leaves at the beginning of files that have no other mark: diagrams.
inline constexpr std::string_view signature = "Written by racewalk";

/// Says whether write_file would replace what stands at `path`: nothing, a file that racewalk wrote, or (with `force`)
/// any other file.
Result<Ok, InputError> may_write(const std::string& path, bool force);

/// Writes a whole file or nothing: into a temporary file beside `path`, which then takes its name. Folders are created.
/// What is no plain file, such as /dev/stdout, is written to directly. `contents` must begin with a mark of racewalk
/// (a trace's header, or `signature` within the first 1000 bytes), so that it may be replaced the next time.
Result<Ok, InputError> write_file(const std::string& path, std::string_view contents, bool force);

}  // namespace sim::cli
