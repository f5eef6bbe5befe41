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

// Seconds on a clock that never jumps.
double seconds();

bool is_terminal(int file_descriptor);
int terminal_columns(int file_descriptor);  // 80 when not a terminal

// After catch_stop_signals(), Ctrl-C or SIGTERM sets stop_requested() instead of ending the
// process; a second one ends it at once.
void catch_stop_signals();
bool stop_requested();

}  // namespace lemnos::os
