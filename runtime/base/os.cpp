// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/os.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "runtime/base/error.h"
#include "runtime/base/log.h"

namespace lemnos::os {
namespace fs = std::filesystem;
namespace {

std::string reason() { return std::strerror(errno); }

// A file descriptor that closes itself.
class File {
 public:
  File(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

bool write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

std::atomic<int> stop_signals = 0;

void on_stop_signal(int signal) {
  if (stop_signals.fetch_add(1) > 0) {
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  }
}

}  // namespace

std::optional<std::string> env(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::vector<std::byte> read_file(const fs::path& path, std::uint64_t max_bytes) {
  const File file(path, O_RDONLY);
  if (!file) fail("cannot read {}: {}", path.string(), reason());
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) fail("cannot read {}: {}", path.string(), reason());
  if (S_ISDIR(info.st_mode)) fail("cannot read {}: it is a folder", path.string());

  // Read to the end rather than trust st_size: pipes and /proc files report 0.
  std::vector<std::byte> bytes(static_cast<std::size_t>(info.st_size > 0 ? info.st_size : 0));
  std::size_t used = 0;
  for (;;) {
    if (used == bytes.size()) bytes.resize(used + (used == 0 ? 65536 : 1));
    const ssize_t n = ::read(file.get(), bytes.data() + used, bytes.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot read {}: {}", path.string(), reason());
    if (n == 0) break;
    used += static_cast<std::size_t>(n);
    if (used > max_bytes)
      fail("{} is too large: more than the {} bytes allowed here", path.string(), max_bytes);
    if (used == bytes.size()) bytes.resize(used + used / 2 + 1);
  }
  bytes.resize(used);
  return bytes;
}

std::string read_text(const fs::path& path, std::uint64_t max_bytes) {
  const auto bytes = read_file(path, max_bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string read_text_from(const fs::path& path, std::uint64_t offset, std::size_t max_bytes) {
  const File file(path, O_RDONLY | O_NONBLOCK);  // a pipe that nobody writes is not waited for
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0) fail("cannot read {}: {}", path.string(), reason());
  if (!S_ISREG(info.st_mode)) fail("cannot read {}: it is not a file", path.string());
  const auto size = static_cast<std::uint64_t>(info.st_size);
  std::string text(offset < size ? std::min<std::uint64_t>(size - offset, max_bytes) : 0, '\0');
  std::size_t used = 0;
  while (used < text.size()) {
    const ssize_t n = ::pread(file.get(), text.data() + used, text.size() - used,
                              static_cast<off_t>(offset + used));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot read {}: {}", path.string(), reason());
    if (n == 0) break;  // cut meanwhile
    used += static_cast<std::size_t>(n);
  }
  text.resize(used);
  return text;
}

void write_file(const fs::path& path, std::span<const std::byte> bytes) {
  const fs::path temporary = path.string() + fmt::format(".{}.tmp", ::getpid());
  const auto fail_clean = [&] {
    const std::string why = reason();
    ::unlink(temporary.c_str());
    fail("cannot write {}: {}", path.string(), why);
  };
  {
    const File file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file) fail_clean();
    if (!write_all(file.get(), bytes) || ::fsync(file.get()) != 0) fail_clean();
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) fail_clean();
  const File folder(path.has_parent_path() ? path.parent_path() : fs::path("."),
                    O_RDONLY | O_DIRECTORY);
  if (!folder || ::fsync(folder.get()) != 0)
    fail("cannot make {} durable: {}", path.string(), reason());
}

void write_file(const fs::path& path, std::string_view text) {
  write_file(path, std::as_bytes(std::span(text)));
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error || !fs::is_directory(path))
    fail("cannot create the folder {}: {}", path.string(),
         error ? error.message() : "a file of that name exists");
}

void append_text(const fs::path& path, std::string_view text) {
  const File file(path, O_WRONLY | O_CREAT | O_APPEND);
  if (!file || !write_all(file.get(), std::as_bytes(std::span(text))))
    fail("cannot write {}: {}", path.string(), reason());
}

std::optional<fs::path> cache_folder() {
  static const auto found = []() -> std::optional<fs::path> {
    fs::path folder;
    if (const auto own = env("LEMNOS_CACHE")) {
      folder = *own;
    } else if (const auto xdg = env("XDG_CACHE_HOME")) {
      folder = fs::path(*xdg) / "lemnos";
    } else if (const auto home = env("HOME")) {
      folder = fs::path(*home) / ".cache" / "lemnos";
    }
    std::error_code error;
    if (!folder.empty()) fs::create_directories(folder, error);
    if (folder.empty() || error || ::access(folder.c_str(), W_OK) != 0) {
      log::warn(
          "cannot write the cache folder {}: compiled kernels will not be kept "
          "(set LEMNOS_CACHE to a folder that can be written)",
          folder.empty() ? "(no home folder)" : folder.string());
      return std::nullopt;
    }
    return folder;
  }();
  return found;
}

fs::path make_temporary_folder() {
  std::string path = (fs::temp_directory_path() / "lemnos-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) fail("cannot create the folder {}: {}", path, reason());
  return path;
}

double seconds() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

void sleep(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

bool is_terminal(int file_descriptor) { return ::isatty(file_descriptor) == 1; }

int terminal_columns(int file_descriptor) {
  winsize size{};
  if (::ioctl(file_descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

void catch_stop_signals() {
  struct sigaction action {};
  action.sa_handler = on_stop_signal;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

bool stop_requested() { return stop_signals.load() > 0; }

}  // namespace lemnos::os
