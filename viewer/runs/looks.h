// SPDX-License-Identifier: Apache-2.0
// What is shown of a model besides its numbers: images, layers, predictions, codes. Computed on the
// thread that trains, between two steps, and handed over as plain data.
//
// Each look is made when it is first wanted, and then again as often as training can afford: what
// it took is to be a small part of the time since.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "nn/insight/latent_space.h"
#include "nn/insight/layer_statistics.h"
#include "nn/insight/predictions.h"
#include "nn/insight/row_look.h"
#include "nn/optim/optimizer.h"
#include "nn/train/live_images.h"
#include "viewer/runs/writing.h"

namespace lemnos::viewer {

// The model that is looked at: all of it outlives the looks.
struct Subject {
  const Task& task;
  const data::Dataset& dataset;   // preprocessed
  const data::Dataset& labelled;  // the same rows with what labels there are: of codes
  const Preprocessing& preprocessing;
  std::vector<Parameter> trained;
  std::vector<optim::Optimizer*> optimizers;
  std::uint64_t seed = 0;
};

struct Wanted {
  bool images = true;   // live images
  bool latent = false;  // codes
  bool layers = false;
  bool predictions = false;  // or boxes, of a detector
  bool row = false;          // attention, saliency and filters
  std::int64_t row_number = 0;
  bool text = false;
  Writing writing;
  std::uint64_t again = 0;  // counted up: all that is wanted, now

  bool operator==(const Wanted&) const = default;
};

// What was found; what is empty is not new.
struct Findings {
  Moment moment;
  std::vector<std::string> class_names;  // or none
  // What there is to see of such a model.
  struct Offers {
    bool images = false, codes = false, classes = false, boxes = false;
    bool rows = false, texts = false;
    bool attention = false;  // once a row was looked at
  } offers;
  std::vector<LiveImages::Grid> images;
  std::optional<LatentLook> latent;
  data::Array latent_images;
  std::optional<LayersLook> layers;
  std::vector<double> update_ratios;  // of the parameters of `layers`
  std::optional<PredictionsLook> predictions;
  std::optional<BoxesLook> boxes;
  std::optional<RowLook> row;
  data::Array row_input, filters;
  std::int64_t row_number = 0, rows = 0;
  std::string row_label;               // what it truly is, where that is known
  std::vector<std::string> row_names;  // of its tokens or features
  std::optional<std::string> text;
  Writing writing;                  // that it answers
  std::vector<std::string> errors;  // of looks that failed: they are not tried again

  bool any() const;
};

class Looks {
 public:
  // give: called on the thread that trains, with what was found.
  explicit Looks(std::function<void(Findings)> give);
  ~Looks();

  void want(Wanted wanted);  // from any thread

  // On the thread that trains, with nothing in flight. goes_on: it comes again after the updates
  // that this returns, and until then layers may wait for what an update changes. Otherwise it is a
  // visit between those, as something else is wanted.
  std::uint64_t visit(const Subject& subject, const Moment& moment, bool goes_on);
  // What codes [n, latent] become, by the weights of now. On the same thread.
  data::Array decode(const Subject& subject, std::span<const float> z);

 private:
  struct Made;
  // When a look is due: not before it has cost only a part of the time that has passed.
  struct Pace {
    double next = 0;
    bool due(double now) const { return now >= next; }
    void done(double began, double now);
  };
  template <class Look>
  void look(const char* name, bool wanted, Pace& pace, Findings& found, Look look);
  void look_at_layers(const Subject& subject, Findings& found, bool goes_on);
  void look_at_row(const Subject& subject, const Wanted& wanted, Findings& found);
  LatentSpace& latent(const Subject& subject);
  std::uint64_t updates_until_next(const Moment& moment);

  std::function<void(Findings)> give_;
  std::mutex mutex_;
  Wanted wanted_;
  std::uint64_t seen_again_ = 0;
  std::vector<std::string> failed_;
  std::unique_ptr<Made> made_;
  Pace images_, latent_, layers_, predictions_, row_, text_;
  bool told_ = false;  // what the model offers
  std::int64_t shown_row_ = -1;
  std::optional<Writing> written_;
  Moment last_;
};

}  // namespace lemnos::viewer
