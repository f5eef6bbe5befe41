// SPDX-License-Identifier: Apache-2.0
// Every operating-system call of Lemnos: files, folders, environment, clock, terminal, signals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lemnos::os {

// The value of an environment variable; nullopt when unset or empty.
std::optional<std::string> env(const char* name);

// A whole file. Fails with the path and the system's reason; refuses more than max_bytes.
std::vector<std::byte> read_file(const std::filesystem::path& path,
                                 std::uint64_t max_bytes = std::uint64_t{1} << 40);
std::string read_text(const std::filesystem::path& path, std::uint64_t max_bytes = 1 << 28);

// What a file holds from a place on, at most max_bytes of it: to follow one that grows. Empty where
// the file ends before.
std::string read_text_from(const std::filesystem::path& path, std::uint64_t offset,
                           std::size_t max_bytes);

// Replaces a file so that a crash leaves the old or the new one, never a mixture: temporary file
// beside it, fsync, rename, fsync of the folder. Fails (disk full, no permission) with the old file
// intact and no temporary left behind.
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_file(const std::filesystem::path& path, std::string_view text);

// Creates a folder and its parents; fails naming the path and the reason.
void make_folder(const std::filesystem::path& path);

// Adds text, its newlines included, to a file, creating it if need be; it reaches the kernel before
// returning.
void append_text(const std::filesystem::path& path, std::string_view text);

// Where compiled kernels and the like are kept: $LEMNOS_CACHE, else $XDG_CACHE_HOME/lemnos, else
// ~/.cache/lemnos. nullopt, with one warning, when it cannot be written: work goes on uncached.
std::optional<std::filesystem::path> cache_folder();

// A new folder for files that nobody keeps; whoever makes it removes it.
std::filesystem::path make_temporary_folder();

// Seconds on a clock that never jumps.
double seconds();
void sleep(double seconds);

bool is_terminal(int file_descriptor);
int terminal_columns(int file_descriptor);  // 80 when not a terminal

// After catch_stop_signals(), Ctrl-C or SIGTERM sets stop_requested() instead of ending the
// process; a second one ends it at once.
void catch_stop_signals();
bool stop_requested();

// Another program that runs beside this one. One that is dropped goes on, and is no zombie later.
class Program {
 public:
  Program(Program&& other) noexcept;
  Program& operator=(Program&& other) noexcept;
  ~Program();

  // Its exit code (128 + the signal that ended it); nothing while it runs. Never waits.
  std::optional<int> exit_code();
  // What it has said on its standard error so far, the first 64 KiB of it.
  std::string said() const;
  void end();  // at once and whatever it does, if it still runs; exit_code() tells when it has

 private:
  friend Program start_program(const std::filesystem::path&, std::span<const std::string>);
  Program(int process, int errors) : process_(process), errors_(errors) {}

  int process_ = -1, errors_ = -1;  // the process while it is ours to ask for; a file
  std::optional<int> exit_code_;
};

// With these arguments and this process' environment. Fails where there is no such program.
Program start_program(const std::filesystem::path& path, std::span<const std::string> arguments);
std::filesystem::path own_program();  // the path of the one that runs

// Starts this process anew, as it was started but with an environment variable more. Returns only
// where that is not possible.
void restart_with(const std::string& name, const std::string& value);

}  // namespace lemnos::os
