// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/live.h"

#include <algorithm>
#include <chrono>

#include "nn/train/batched.h"
#include "ops/support.h"
#include "runtime/doctor/session.h"

namespace lemnos::viewer {
namespace {

PicturePtr picture_from(const LiveImages::Grid& grid, bool through_host) {
  auto picture = std::make_shared<Picture>();
  picture->count = grid.shape[0];
  picture->height = grid.shape[1];
  picture->width = grid.shape[2];
  picture->channels = grid.shape[3];
  if (!through_host) {
    picture->device = grid.pixels;
    return picture;
  }
  picture->pixels = data::Array::zeros(DType::f32, grid.shape);
  grid.pixels->read(0, picture->pixels.bytes);
  return picture;
}

}  // namespace

Live::Live(StartRequest request, Mailbox& mailbox, Answers answers, std::function<void()> wake,
           bool through_host)
    : mailbox_(mailbox),
      answers_(std::move(answers)),
      through_host_(through_host),
      looks_(std::make_unique<Looks>([this](Findings found) { give(std::move(found)); })),
      session_(std::move(request), std::move(wake), [this](const Run& run) { opened(run); }) {
  session_.control().linger();
  visits_ = session_.control().call([this](Between& between) { visit(between, true); });
  call([this](Between& between) {
    const Plan& plan = between.step().program().plan();
    auto memory =
        std::make_shared<const MemoryView>(memory_view(plan, local_memory(device()->caps())));
    auto graph = std::make_shared<const GraphView>(graph_view(plan));
    mailbox_.post([this, memory, graph] { answers_.planned(memory, graph); });
  });
}

Live::~Live() { session_.control().stop(); }

// What belongs to the run is looked at as long as it trains; looks end before it does.
void Live::opened(const Run& run) {
  run_ = &run;
  if (run.task->encodes()) labelled_ = open_inputs(run);
}

Subject Live::subject(Between& between) const {
  const auto optimizers = between.optimizers();
  return {.task = between.task(),
          .dataset = between.dataset(),
          .labelled = labelled_,
          .preprocessing = run_->preprocessing,
          .trained = run_->trained,
          .optimizers = {optimizers.begin(), optimizers.end()},
          .seed = run_->config.seed};
}

void Live::visit(Between& between, bool again) {
  const std::uint64_t updates = looks_->visit(subject(between), between.moment(), again);
  if (again) between.again(updates);
}

void Live::give(Findings found) {
  std::vector<ShownImages> images;
  for (const LiveImages::Grid& grid : found.images)
    images.push_back({grid.name, picture_from(grid, through_host_), grid.columns});
  found.images.clear();
  mailbox_.post([this, found = std::move(found), images = std::move(images)]() mutable {
    answers_.found(std::move(found), std::move(images));
  });
}

void Live::call(Control::Call call) { keep(session_.control().call(std::move(call))); }

void Live::want(const Wanted& wanted) {
  if (wanted == wanted_) return;
  wanted_ = wanted;
  looks_->want(wanted);
  call([this](Between& between) { visit(between, false); });
}

void Live::decode(std::vector<float> z) {
  z_.put(std::move(z));
  call([this](Between& between) {
    const auto newest = z_.take();
    if (!newest) return;  // one call before has answered it
    PicturePtr picture = picture_of(looks_->decode(subject(between), *newest));
    mailbox_.post([this, picture] { answers_.decoded(picture); });
  });
}

void Live::read_values(PicturePtr of) {
  call([this, of](Between&) {
    data::Array values =
        data::Array::zeros(DType::f32, {of->count, of->height, of->width, of->channels});
    of->device->read(static_cast<std::uint64_t>(of->first) * sizeof(float), values.bytes);
    mailbox_.post([this, of, values = std::move(values)] { answers_.values(of, values); });
  });
}

void Live::profile() {
  call([this](Between& between) {
    auto profile = std::make_shared<const StepProfile>(between.profile_step());
    mailbox_.post([this, profile] { answers_.profiled(profile); });
  });
}

void Live::set_hyperparameter(const std::string& name, double value) {
  keep(session_.control().set_hyperparameter(name, value));
}
void Live::save() { keep(session_.control().save()); }
void Live::roll_back(const std::string& checkpoint) {
  keep(session_.control().roll_back(checkpoint));
}

// Calls that the end of the run left undone are no news: the run says itself how it ended.
void Live::check_calls() {
  std::erase_if(calls_, [this](std::future<void>& done) {
    if (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return false;
    try {
      done.get();
    } catch (const std::exception& error) {
      if (session_.status().alive()) answers_.failed(error.what());
    }
    return true;
  });
}

}  // namespace lemnos::viewer
