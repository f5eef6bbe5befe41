// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/inbox.h"

#include <algorithm>

namespace lemnos::viewer {
namespace {

void clear(Mail& mail) {
  mail.started.reset();
  mail.cut_to.reset();
  mail.steps.moments.clear();
  mail.steps.values.clear();
  mail.evaluations.clear();
  mail.events.clear();
  mail.samples.clear();
  mail.ended = false;
}

void append(StepRows& rows, const StepInfo& step) {
  if (rows.names.empty()) {
    rows.names = {"loss", "ms"};
    for (const NamedValue& scalar : step.scalars) rows.names.push_back(scalar.name);
  }
  rows.moments.push_back(step.moment);
  rows.values.push_back(step.loss);
  rows.values.push_back(step.ms);
  for (const NamedValue& scalar : step.scalars) rows.values.push_back(scalar.value);
}

// What is still here of later steps goes too.
void cut(Mail& mail, std::uint64_t step) {
  mail.cut_to = std::min(step, mail.cut_to.value_or(step));
  StepRows& rows = mail.steps;
  const auto keep =
      std::ranges::find_if(rows.moments, [&](const Moment& moment) { return moment.step > step; }) -
      rows.moments.begin();
  rows.moments.resize(static_cast<std::size_t>(keep));
  rows.values.resize(static_cast<std::size_t>(keep) * rows.names.size());
  const auto beyond = [&](const auto& each) { return each.moment.step > step; };
  std::erase_if(mail.evaluations, beyond);
  std::erase_if(mail.events, beyond);
  std::erase_if(mail.samples, beyond);
}

}  // namespace

class InboxObserver : public Observer {
 public:
  explicit InboxObserver(Inbox& inbox) : inbox_(inbox) {}

  void on_start(const RunInfo& run) override {
    inbox_.put([&](Mail& mail) {
      mail.started = run;
      mail.last_step = run.last_step;
    });
  }
  void on_step(const StepInfo& step) override {
    inbox_.put([&](Mail& mail) {
      mail.last_step = step.last_step;
      append(mail.steps, step);
    });
  }
  void on_eval(const Moment& moment, std::string_view split,
               std::span<const NamedValue> metrics) override {
    inbox_.put([&](Mail& mail) {
      mail.evaluations.push_back({moment, std::string(split), {metrics.begin(), metrics.end()}});
    });
  }
  void on_samples(const Moment& moment, const data::Array& images) override {
    inbox_.put([&](Mail& mail) {
      if (mail.samples.size() == Inbox::most_samples) mail.samples.erase(mail.samples.begin());
      mail.samples.push_back({moment, images});
    });
  }
  void on_event(const Moment& moment, std::string_view event, std::string_view detail) override {
    inbox_.put([&](Mail& mail) {
      mail.events.push_back({moment, std::string(event), std::string(detail)});
    });
  }
  void on_rollback(const Moment& moment) override {
    inbox_.put([&](Mail& mail) { cut(mail, moment.step); });
  }
  void on_end(const Moment&) override {
    inbox_.put([&](Mail& mail) { mail.ended = true; });
  }

 private:
  Inbox& inbox_;
};

template <class Change>
void Inbox::put(Change change) {
  bool first = false;
  {
    const std::scoped_lock lock(mutex_);
    first = mail_.empty();
    change(mail_);
  }
  if (first && wake_) wake_();
}

std::shared_ptr<Observer> Inbox::observer() { return std::make_shared<InboxObserver>(*this); }

void Inbox::take(Mail& into) {
  clear(into);
  const std::scoped_lock lock(mutex_);
  into.steps.names = mail_.steps.names;
  into.last_step = mail_.last_step;
  std::swap(into, mail_);
}

}  // namespace lemnos::viewer
