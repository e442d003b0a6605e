// Reads the symbol table of /proc/self/exe (ELF-64; System V ABI, "Object Files").
#include "runtime/variables.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <cxxabi.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sim::runtime {
namespace {

/// A file mapped into memory; empty if it cannot be.
class MappedFile {
 public:
  explicit MappedFile(const char* path) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status = {};
    if (file < 0) return;
    if (fstat(file, &status) == 0 && status.st_size > 0) {
      const auto size = static_cast<std::size_t>(status.st_size);
      void* const memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
      if (memory != MAP_FAILED) bytes_ = {static_cast<const std::byte*>(memory), size};
    }
    close(file);
  }
  ~MappedFile() {
    if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  /// `count` items at `offset`; empty if the file does not hold them.
  template <class T>
  std::span<const T> at(std::size_t offset, std::size_t count) const {
    if (offset > bytes_.size() || count > (bytes_.size() - offset) / sizeof(T)) return {};
    return {reinterpret_cast<const T*>(bytes_.data() + offset), count};
  }

 private:
  std::span<const std::byte> bytes_;
};

struct Executable {
  std::uintptr_t base = 0;
  std::byte* thread_local_block = nullptr;
};

Executable executable() {
  Executable found;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* to) {
        // The executable comes first.
        *static_cast<Executable*>(to) = {info->dlpi_addr, static_cast<std::byte*>(info->dlpi_tls_data)};
        return 1;
      },
      &found);
  return found;
}

// "_ZZN3sim4foo" and "_ZN3sim3barE" belong to the namespace sim, length and name as the ABI mangles them.
bool belongs_to(std::string_view symbol, std::initializer_list<std::string_view> namespaces) {
  if (!symbol.starts_with("_Z")) return false;
  symbol.remove_prefix(2);
  while (symbol.starts_with('Z')) symbol.remove_prefix(1);
  if (symbol.starts_with('N')) symbol.remove_prefix(1);
  if (symbol.starts_with('K')) symbol.remove_prefix(1);
  return std::ranges::any_of(namespaces, [symbol](std::string_view name) { return symbol.starts_with(name); });
}

// What changes for reasons of its own: racewalk, the standard library and what was copied from shared libraries (with
// a version behind an @), test frameworks, sanitizers. Guards are looked at with the variable that they guard.
bool is_watched(std::string_view symbol) {
  if (symbol.empty() || symbol.find('@') != std::string_view::npos) return false;
  if (symbol.starts_with("_ZGV") || symbol.starts_with("_ZT")) return false;
  if (belongs_to(symbol,
                 {"3sim", "St", "Sa", "Ss", "9__gnu_cxx", "10__cxxabiv1", "3fmt", "7testing", "2rc", "9benchmark"})) {
    return false;
  }
  // Names that the C and C++ standards reserve, outside of what C++ mangles, belong to the implementation.
  return !symbol.starts_with("__") && !symbol.starts_with("completed.");
}

class SymbolReader {
 public:
  SymbolReader() : file_("/proc/self/exe"), base_(executable().base) {}

  std::vector<Variable> read() {
    const auto header = file_.at<Elf64_Ehdr>(0, 1);
    if (header.empty() || std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0) return {};
    sections_ = file_.at<Elf64_Shdr>(header[0].e_shoff, header[0].e_shnum);
    for (const Elf64_Shdr& section : sections_) {
      if (section.sh_type == SHT_SYMTAB && section.sh_link < sections_.size()) read_table(section);
    }
    for (Variable& variable : variables_) {
      const auto guard = variable.symbol.starts_with("_Z") ? guards_.find(variable.symbol.substr(2)) : guards_.end();
      if (guard != guards_.end()) variable.guard = guard->second;
    }
    return std::move(variables_);
  }

 private:
  void read_table(const Elf64_Shdr& table) {
    const auto names = file_.at<char>(sections_[table.sh_link].sh_offset, sections_[table.sh_link].sh_size);
    for (const Elf64_Sym& symbol : file_.at<Elf64_Sym>(table.sh_offset, table.sh_size / sizeof(Elf64_Sym))) {
      if (symbol.st_size == 0 || symbol.st_shndx >= sections_.size() || symbol.st_name >= names.size()) continue;
      const Elf64_Shdr& section = sections_[symbol.st_shndx];
      if ((section.sh_flags & SHF_WRITE) == 0 || is_constant_after_loading(section)) continue;
      add(symbol,
          {names.data() + symbol.st_name, strnlen(names.data() + symbol.st_name, names.size() - symbol.st_name)});
    }
  }

  // Only .data, .bss and their thread_local twins hold variables; others are tables that the loader writes.
  bool is_constant_after_loading(const Elf64_Shdr& section) const {
    const auto header = file_.at<Elf64_Ehdr>(0, 1);
    const Elf64_Shdr& names = sections_[header[0].e_shstrndx];
    const auto text = file_.at<char>(names.sh_offset, names.sh_size);
    if (section.sh_name >= text.size()) return true;
    const std::string_view name(text.data() + section.sh_name,
                                strnlen(text.data() + section.sh_name, text.size() - section.sh_name));
    return name != ".data" && name != ".bss" && name != ".tdata" && name != ".tbss";
  }

  void add(const Elf64_Sym& symbol, std::string_view name) {
    const unsigned type = ELF64_ST_TYPE(symbol.st_info);
    if (type == STT_OBJECT && name.starts_with("_ZGV")) {
      guards_.emplace(name.substr(4), reinterpret_cast<const char*>(base_ + symbol.st_value));
    }
    if ((type != STT_OBJECT && type != STT_TLS) || !is_watched(name)) return;
    const bool is_thread_local = type == STT_TLS;
    variables_.push_back(
        {std::string(name), symbol.st_value + (is_thread_local ? 0 : base_), symbol.st_size, nullptr, is_thread_local});
  }

  MappedFile file_;
  std::uintptr_t base_;
  std::span<const Elf64_Shdr> sections_;
  std::vector<Variable> variables_;
  std::unordered_map<std::string, const char*> guards_;  ///< By the mangled name behind the prefix; never iterated.
};

}  // namespace

std::span<const Variable> program_variables() {
  static const std::vector<Variable> variables = SymbolReader().read();
  return variables;
}

std::byte* thread_local_block() {
  return executable().thread_local_block;
}

std::string readable(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status),
                                                         std::free);
  return status == 0 && text != nullptr ? text.get() : symbol.substr(0, symbol.find('.'));
}

}  // namespace sim::runtime
