// SPDX-License-Identifier: Apache-2.0
// A display of the test's own: an X server without a screen, and a window manager.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "runtime/base/os.h"
#include "tests/skip.h"

namespace lemnos::test {

// Runs until it goes out of scope; a test without it is skipped, with the reason.
class Display {
 public:
  Display() { start_all(); }
  ~Display() {
    for (const pid_t process : {manager_, server_}) {
      if (process <= 0) continue;
      ::kill(process, SIGTERM);
      ::waitpid(process, nullptr, 0);
    }
    ::unsetenv("DISPLAY");
  }
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;

  explicit operator bool() const { return !name_.empty(); }
  // A shell command; whether it succeeded.
  bool run(const std::string& command) const {
    return std::system((command + " > /dev/null 2>&1").c_str()) == 0;
  }

 private:
  void start_all() {
    for (const char* tool : {"Xvfb", "openbox", "xdotool"})
      if (std::system(("command -v " + std::string(tool) + " > /dev/null").c_str()) != 0)
        return skip(std::string(tool) + " is not installed: apt install xvfb openbox xdotool");
    int numbers[2];  // the server writes its display's number there when it is ready
    if (::pipe2(numbers, O_CLOEXEC) != 0) return skip("no pipe");
    server_ = start(
        {"Xvfb", "-displayfd", "3", "-screen", "0", "1600x1200x24", "-nolisten", "tcp", "-noreset"},
        numbers[1]);
    ::close(numbers[1]);
    std::string number;
    char c = 0;
    while (::read(numbers[0], &c, 1) == 1 && c != '\n') number += c;
    ::close(numbers[0]);
    if (number.empty()) return skip("Xvfb did not start");
    name_ = ":" + number;
    ::setenv("DISPLAY", name_.c_str(), 1);
    ::unsetenv("WAYLAND_DISPLAY");
    // The server must not reset (-noreset) when xdotool, its only client so far, leaves.
    manager_ = start({"openbox", "--sm-disable"}, -1);
    for (int i = 0; i < 1500 && !run("xdotool get_num_desktops"); ++i) ::usleep(20'000);
  }

  // With descriptor `as_three` as its 3, and silent.
  static pid_t start(std::vector<const char*> arguments, int as_three) {
    arguments.push_back(nullptr);
    const pid_t process = ::fork();
    if (process != 0) return process;
    const int nothing = ::open("/dev/null", O_RDWR);
    ::dup2(nothing, 1);
    ::dup2(nothing, 2);
    if (as_three == 3) ::fcntl(3, F_SETFD, 0);  // kept open
    if (as_three > 3) ::dup2(as_three, 3);
    ::execvp(arguments[0], const_cast<char* const*>(arguments.data()));
    ::_exit(127);
  }

  pid_t server_ = 0, manager_ = 0;
  std::string name_;
};

}  // namespace lemnos::test
