// SPDX-License-Identifier: Apache-2.0
// The images a model makes, now and in the past: what it was at any step, two steps side by side in
// time (A/B), and single pixels.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "viewer/panel.h"
#include "viewer/picture.h"

namespace lemnos::viewer {

// Pictures of one kind, by step. Of more than it keeps, every second one is forgotten, and of those
// to come only every second, fourth, ... stays, so that what is left is spread evenly over the run.
// The first and the newest are always there.
class PictureHistory {
 public:
  struct Entry {
    std::uint64_t step = 0;
    PicturePtr picture;
  };
  explicit PictureHistory(std::size_t most = 128) : most_(most) {}

  // One of the newest step replaces that; of an earlier one (a run that was rolled back): what is
  // later is forgotten.
  void add(std::uint64_t step, PicturePtr picture);
  const std::vector<Entry>& entries() const { return entries_; }
  bool empty() const { return entries_.empty(); }

 private:
  std::size_t most_, every_ = 1;
  std::size_t since_ = 0;  // pictures that came after the last one that stays
  std::vector<Entry> entries_;
};

class SamplesPanel : public Panel {
 public:
  // name: "samples", "reconstructions". columns: of the grid; 0: as square as can be.
  void add(const std::string& name, std::uint64_t step, PicturePtr picture, std::int64_t columns);
  void clear();
  // Of pixels that are on the device: asked once for each picture that is looked at closely. The
  // answer comes through give_values.
  std::function<void(const PicturePtr&)> want_values;
  void give_values(const PicturePtr& of, data::Array values);
  std::string note;  // said below: how the images came here, when that is worth knowing

  std::string_view title() const override { return "Samples"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;

  // What is shown: the newest unless a step was chosen.
  PicturePtr shown() const;
  std::uint64_t shown_step() const;
  const std::vector<std::string>& kinds() const { return names_; }
  void choose(std::size_t entry);  // of the history; the last: follow the newest
  void follow() { chosen_.reset(); }
  void mark();  // what is shown becomes A; flip() changes between it and what is shown
  void flip();

 private:
  struct Kind {
    PictureHistory history;
    std::int64_t columns = 0;
  };
  const Kind* kind() const;
  void choose_step(const Kind& kind, std::uint64_t step);
  void draw_kinds();
  void draw_picture(const Kind& kind, ImVec2 space);
  void draw_magnifier(const Picture& picture, const PictureStyle& style, const PixelPlace& place);
  void draw_scrubber(const Kind& kind);
  void keys(const Kind& kind);

  std::vector<std::string> names_;
  std::vector<Kind> kinds_;
  std::size_t current_ = 0;
  std::optional<std::size_t> chosen_;
  PictureHistory::Entry marked_;  // A
  bool flipped_ = false;          // A is shown
  PicturePtr valued_;             // whose values are known
  data::Array values_;
};

}  // namespace lemnos::viewer
