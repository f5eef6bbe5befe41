// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/progress.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "runtime/base/log.h"

using namespace lemnos;

namespace {

// Standard error goes to a terminal of 60 columns, or through a pipe, until text() is asked for.
class StandardError {
 public:
  explicit StandardError(bool terminal) {
    int ends[2];
    if (terminal) {
      ends[0] = ::posix_openpt(O_RDWR | O_NOCTTY);
      REQUIRE(ends[0] >= 0);
      REQUIRE(::grantpt(ends[0]) == 0);
      REQUIRE(::unlockpt(ends[0]) == 0);
      const winsize size{.ws_row = 24, .ws_col = 60, .ws_xpixel = 0, .ws_ypixel = 0};
      REQUIRE(::ioctl(ends[0], TIOCSWINSZ, &size) == 0);
      ends[1] = ::open(::ptsname(ends[0]), O_RDWR | O_NOCTTY);
    } else {
      REQUIRE(::pipe(ends) == 0);
    }
    reader_ = ends[0];
    ::fcntl(reader_, F_SETFL, O_NONBLOCK);
    ::dup2(ends[1], 2);
    ::close(ends[1]);
  }
  ~StandardError() {
    ::dup2(before_, 2);
    ::close(before_);
    ::close(reader_);
  }
  StandardError(const StandardError&) = delete;
  StandardError& operator=(const StandardError&) = delete;

  std::string text() const {
    std::string all;
    char some[256];
    for (ssize_t got = 0; (got = ::read(reader_, some, sizeof some)) > 0;)
      all.append(some, static_cast<std::size_t>(got));
    return all;
  }

 private:
  int before_ = ::dup(2), reader_ = -1;
};

// What a terminal, or else a pipe, has been told when work is done to three quarters after more
// than a second, and by the end.
struct Told {
  std::string early, late, end;
};
Told told(bool terminal, const std::string& what) {
  const StandardError out(terminal);
  Told told;
  {
    Progress progress(what, 8);
    progress.advance();
    told.early = out.text();
    std::this_thread::sleep_for(std::chrono::milliseconds(1050));
    progress.advance(5);
    told.late = out.text();
  }
  told.end = out.text();
  return told;
}

}  // namespace

TEST_CASE(
    "progress: short work says nothing, long work draws a bar on a terminal, which then goes") {
  const Told bar = told(true, "reading x");
  CHECK(bar.early.empty());
  CHECK(bar.late == "\r\x1b[K[##############################..........] reading x: 75 %");
  CHECK(bar.end == "\r\x1b[K");
}

TEST_CASE("progress: where there is no terminal, long work says a line") {
  const Told line = told(false, "reading x");
  CHECK(line.early.empty());
  CHECK(line.late == "lemnos: reading x: 75 %\n");
  CHECK(line.end.empty());
}

TEST_CASE("progress: a name too long for the terminal's line loses its beginning") {
  const StandardError out(true);
  draw_bar(0.5, std::string(80, 'a') + "b: 50 %");
  CHECK(out.text() == "\r\x1b[K[] " + std::string(48, 'a') + "b: 50 %");
}

TEST_CASE("progress: quiet is quiet") {
  log::set_level(log::Level::warning);
  const Told nothing = told(true, "reading x");
  log::set_level(log::Level::info);
  CHECK(nothing.early + nothing.late + nothing.end == "");
}
