// A random program as C++. What each thread does is the text of what run.cpp compiles.
#include <algorithm>
#include <cctype>
#include <ostream>
#include <string_view>

#include "tests/property/random_program.hpp"

namespace property {
namespace {

#define PROPERTY_TEXT(name, ...) #__VA_ARGS__,
#define PROPERTY_YES(...) true,
#define PROPERTY_NO(...) false,
constexpr std::string_view texts[] = {PROPERTY_OPERATIONS(PROPERTY_TEXT, PROPERTY_TEXT)};
constexpr bool conditions[] = {PROPERTY_OPERATIONS(PROPERTY_NO, PROPERTY_YES)};

struct Object {
  std::string_view name, declaration;
};
#define PROPERTY_OBJECT(name, ...) {#name, #__VA_ARGS__},
constexpr Object objects[] = {PROPERTY_OBJECTS(PROPERTY_OBJECT){"files", ""}};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Calls `replace` for each word; what it returns is in its place.
template <class F>
std::string with_words(std::string_view text, F replace) {
  std::string all;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_word(text[end])) ++end;
    all += end > at ? std::string(replace(std::string(text.substr(at, end - at)))) : std::string(1, text[end++]);
    at = end;
  }
  return all;
}

std::string text_of(const Instruction& i) {
  return with_words(texts[static_cast<std::size_t>(i.op)], [&](const std::string& word) {
    return word == "K" ? std::to_string(i.object) : word == "V" ? std::to_string(i.value) : word;
  });
}

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  with_words(text, [&](const std::string& word) { return words.insert(word), word; });
  return words;
}

std::string to_cpp(const Code& code, const std::string& indent) {
  std::string all;
  std::vector<std::size_t> ends;  // Of the open blocks.
  for (std::size_t at = 0; at < code.size(); ++at) {
    const std::string text = text_of(code[at]);
    const auto line = [&](const std::string& what) { all += indent + std::string(2 * ends.size(), ' ') + what + "\n"; };
    if (!is_condition(code[at].op)) {
      line(text.find(';') == std::string::npos ? text + ";" : "{ " + text + "; }");
    } else {
      line("if (" + text + ") {");
      ends.push_back(at + static_cast<std::size_t>(code[at].guarded));
    }
    while (!ends.empty() && ends.back() <= at) {
      ends.pop_back();
      line("}");
    }
  }
  return all;
}

std::string thread_to_cpp(const RandomProgram& program, std::size_t number) {
  const Code& code = program.threads[number - 1];
  const bool stoppable = program.stoppable;
  const std::string body = to_cpp(code, "      ");
  const std::set<std::string> words = words_of(body);
  const std::string start =
      program.processes ? "push_back(home[" + std::to_string(number % 2) + "].start({}, " : "emplace_back(";
  std::string all = "    threads." + start + "[&]" + std::string(stoppable ? "(sim::stop_token stop)" : "") + " {\n";
  all += "      int r = 0;\n";
  if (words.contains("learn"))
    all += "      const auto learn = [&](int result) { r = ((7 * r + result) % 1009 + 1009) % 1009; };\n";
  if (words.contains("file")) all += "      sim::vfs::Handle file;\n";
  if (stoppable && !words.contains("stop")) all += "      static_cast<void>(stop);\n";
  if (!stoppable && words.contains("stop")) all += "      const sim::stop_token stop;\n";
  return all + body + "      sim::observe(\"r" + std::to_string(number) + "\", r);\n    })" +
         (program.processes ? ")" : "") + ";\n";
}

}  // namespace

bool is_condition(Op op) {
  return conditions[static_cast<std::size_t>(op)];
}

std::ptrdiff_t users(const RandomProgram& program, Op op) {
  return std::ranges::count_if(program.threads, [&](const Code& code) {
    return std::ranges::any_of(code, [&](const Instruction& i) { return i.op == op; });
  });
}

bool uses_time(const RandomProgram& program) {
  return std::ranges::any_of(program.threads, [](const Code& code) {
    return std::ranges::any_of(code, [](const Instruction& i) {
      return texts[static_cast<std::size_t>(i.op)].find("milliseconds") != std::string_view::npos;
    });
  });
}

std::string to_cpp(const RandomProgram& program, const std::string& name) {
  std::string threads;
  for (std::size_t t = 0; t < program.threads.size(); ++t) {
    threads += thread_to_cpp(program, t + 1);
  }
  std::set<std::string> words = words_of(threads);
  words.insert("x");
  std::string all = "const auto " + name + " = [] {\n";
  for (const Object& object : objects) {
    if (!words.contains(std::string(object.name))) continue;
    all += object.name == "files" ? "  property::Files files(" + std::to_string(program.volumes) + ", " +
                                        (program.inline_serving ? "true" : "false") + ")"
                                  : "  " + std::string(object.declaration);
    all += ";\n";
  }
  all +=
      "  {\n    std::vector<sim::" + std::string(program.stoppable ? "jthread" : "thread") + "> threads;\n" + threads;
  if (!program.stoppable) all += "    for (sim::thread& thread : threads) thread.join();\n";
  all += "  }\n";
  for (int i = 0; i < atomics; ++i) {
    const std::string number = std::to_string(i);
    all += "  sim::observe(\"x" + number + "\", static_cast<int>(x[" + number + "].contents()));\n";
  }
  return all + "};\n";
}

std::ostream& operator<<(std::ostream& out, const RandomProgram& program) {
  return out << "\n// " << (program.theme.empty() ? "any theme" : program.theme) << ", "
             << (program.free_time ? "free" : "urgent") << " time; needs sim/sim.hpp"
             << (program.volumes > 0 ? " and tests/property/files.hpp" : "") << "\n"
             << to_cpp(program, "program");
}

}  // namespace property
