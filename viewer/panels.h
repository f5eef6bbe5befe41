// SPDX-License-Identifier: Apache-2.0
// All panels, and what of a run goes where in them.
#pragma once

#include <string>
#include <vector>

#include "viewer/panels/attention.h"
#include "viewer/panels/boxes.h"
#include "viewer/panels/confusion.h"
#include "viewer/panels/device.h"
#include "viewer/panels/filters.h"
#include "viewer/panels/graph.h"
#include "viewer/panels/histograms.h"
#include "viewer/panels/latent.h"
#include "viewer/panels/memory_plan.h"
#include "viewer/panels/metrics.h"
#include "viewer/panels/mistakes.h"
#include "viewer/panels/operations.h"
#include "viewer/panels/run_state.h"
#include "viewer/panels/saliency.h"
#include "viewer/panels/samples.h"
#include "viewer/panels/start.h"
#include "viewer/panels/text.h"
#include "viewer/panels/timeline.h"
#include "viewer/runs/inbox.h"
#include "viewer/runs/live.h"

namespace lemnos::viewer {

struct Panels {
  StartPanel start;
  RunStatePanel run;
  MetricsPanel metrics;
  SamplesPanel samples;
  LatentPanel latent;
  HistogramsPanel layers;
  ConfusionPanel confusion;
  MistakesPanel mistakes;
  BoxesPanel boxes;
  SaliencyPanel sample;
  AttentionPanel attention;
  FiltersPanel filters;
  TextPanel text;
  TimelinePanel timeline;
  OperationsPanel operations;
  MemoryPlanPanel memory;
  GraphPanel graph;
  DevicePanel device;

  Findings::Offers offers;  // what there is to see of the model
  std::int64_t row = 0;     // that is to be looked at

  void clear();  // of a run: the last one's are not those of the next
  // What was found in the model; all but its errors.
  void show(Findings found, std::vector<ShownImages> images);
  void show(const Mail& mail);
  void show(const Session::Status& status);

 private:
  void show_row(Findings& found);
  std::vector<std::string> class_names_;
};

}  // namespace lemnos::viewer
