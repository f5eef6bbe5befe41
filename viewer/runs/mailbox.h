// SPDX-License-Identifier: Apache-2.0
// What other threads have to tell the one that draws: closures, run there in the order they came.
#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace lemnos::viewer {

class Mailbox {
 public:
  // wake: called after each post, on the thread that posts; it must not wait.
  explicit Mailbox(std::function<void()> wake = [] {}) : wake_(std::move(wake)) {}

  void post(std::function<void()> news) {
    {
      const std::lock_guard lock(mutex_);
      news_.push_back(std::move(news));
    }
    wake_();
  }

  // Runs what has come. False: nothing had.
  bool open() {
    std::vector<std::function<void()>> news;
    {
      const std::lock_guard lock(mutex_);
      news.swap(news_);
    }
    for (const auto& each : news) each();
    return !news.empty();
  }

 private:
  std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<std::function<void()>> news_;
};

}  // namespace lemnos::viewer
