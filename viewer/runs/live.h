// SPDX-License-Identifier: Apache-2.0
// The run that trains in this process, with all that the window asks of it and is told.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "viewer/picture.h"
#include "viewer/runs/graph_view.h"
#include "viewer/runs/looks.h"
#include "viewer/runs/mailbox.h"
#include "viewer/runs/memory_view.h"
#include "viewer/runs/session.h"

namespace lemnos::viewer {

// Images as the window draws them.
struct ShownImages {
  std::string name;
  PicturePtr picture;
  std::int64_t columns = 0;
};

class Live {
 public:
  // What comes of what was asked for; all of it is called by Mailbox::open(), on the thread that
  // draws.
  struct Answers {
    std::function<void(Findings, std::vector<ShownImages>)> found;
    std::function<void(PicturePtr)> decoded;
    std::function<void(PicturePtr, data::Array)> values;
    std::function<void(std::shared_ptr<const MemoryView>, std::shared_ptr<const GraphView>)>
        planned;
    std::function<void(std::shared_ptr<const StepProfile>)> profiled;
    std::function<void(std::string)> failed;
  };

  // through_host: the window draws with another device than the one that trains, so images are
  // copied. The mailbox must outlive this.
  Live(StartRequest request, Mailbox& mailbox, Answers answers, std::function<void()> wake,
       bool through_host);
  ~Live();
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  Session& session() { return session_; }
  const Session& session() const { return session_; }

  // Looked at as soon as it is another, and again and again while it trains.
  void want(const Wanted& wanted);
  void decode(std::vector<float> z);  // the newest counts
  void read_values(PicturePtr of);
  void profile();
  void set_hyperparameter(const std::string& name, double value);
  void save();
  void roll_back(const std::string& checkpoint);

  // Says what came of all that: errors, to Answers::failed.
  void check_calls();
  bool waits() const { return !calls_.empty(); }  // for something that was asked for

 private:
  void opened(const Run& run);
  Subject subject(Between& between) const;
  void visit(Between& between, bool again);
  void give(Findings findings);
  void call(Control::Call call);
  void keep(std::future<void> done) { calls_.push_back(std::move(done)); }

  Mailbox& mailbox_;
  Answers answers_;
  const bool through_host_;
  Wanted wanted_;
  std::vector<std::future<void>> calls_;
  std::future<void> visits_;  // those that come again and again
  Latest<std::vector<float>> z_;

  // Of the thread that trains.
  const Run* run_ = nullptr;
  data::Dataset labelled_;
  std::unique_ptr<Looks> looks_;

  Session session_;  // last: its thread ends first
};

}  // namespace lemnos::viewer
