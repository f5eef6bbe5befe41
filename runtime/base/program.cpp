// SPDX-License-Identifier: Apache-2.0
// Programs that are started: see os.h.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/base/os.h"

namespace lemnos::os {
namespace {

// Processes that nobody asks for any more: they are collected once they have ended, as soon as
// another one is started or dropped.
std::mutex dropped_mutex;
std::vector<int> dropped;

void collect_dropped() {
  const std::scoped_lock lock(dropped_mutex);
  std::erase_if(dropped, [](int process) { return ::waitpid(process, nullptr, WNOHANG) != 0; });
}

void drop(int process) {
  {
    const std::scoped_lock lock(dropped_mutex);
    dropped.push_back(process);
  }
  collect_dropped();
}

}  // namespace

Program::Program(Program&& other) noexcept
    : process_(std::exchange(other.process_, -1)),
      errors_(std::exchange(other.errors_, -1)),
      exit_code_(other.exit_code_) {}

Program& Program::operator=(Program&& other) noexcept {
  std::swap(process_, other.process_);
  std::swap(errors_, other.errors_);
  std::swap(exit_code_, other.exit_code_);
  return *this;
}

Program::~Program() {
  if (process_ > 0) drop(process_);
  if (errors_ >= 0) ::close(errors_);
}

std::optional<int> Program::exit_code() {
  int status = 0;
  if (process_ > 0 && ::waitpid(process_, &status, WNOHANG) == process_) {
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    process_ = -1;
  }
  return exit_code_;
}

void Program::end() {
  if (process_ > 0) ::kill(process_, SIGKILL);
}

std::string Program::said() const {
  std::string text(64 << 10, '\0');
  const ssize_t n = errors_ < 0 ? 0 : ::pread(errors_, text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  return text;
}

// Its standard error is a file in memory, not a pipe: it can neither fill up nor break.
Program start_program(const std::filesystem::path& path, std::span<const std::string> arguments) {
  collect_dropped();
  const int errors = ::memfd_create("errors", MFD_CLOEXEC);
  if (errors < 0) fail("cannot start {}: {}", path.string(), std::strerror(errno));
  std::vector<std::string> words{path.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
  int process = -1;
  const int trouble =
      ::posix_spawn(&process, path.c_str(), &files, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  if (trouble != 0) {
    ::close(errors);
    fail("cannot start {}: {}", path.string(), std::strerror(trouble));
  }
  return {process, errors};
}

std::filesystem::path own_program() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) fail("cannot tell where this program is: {}", error.message());
  return path;
}

void restart_with(const std::string& name, const std::string& value) {
  std::string arguments;
  try {
    arguments = read_text("/proc/self/cmdline");
  } catch (const Error&) {
    return;
  }
  std::vector<char*> argv;
  for (std::size_t at = 0; at < arguments.size(); at += std::strlen(&arguments[at]) + 1)
    argv.push_back(&arguments[at]);
  argv.push_back(nullptr);
  if (setenv(name.c_str(), value.c_str(), 1) != 0) return;
  execv("/proc/self/exe", argv.data());
  unsetenv(name.c_str());
}

}  // namespace lemnos::os
