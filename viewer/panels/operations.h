// SPDX-License-Identifier: Apache-2.0
// What a step's time goes to: a table of ops, kernels or single dispatches.
#pragma once

#include <memory>

#include "viewer/panel.h"
#include "viewer/panels/timeline_view.h"

namespace lemnos::viewer {

struct OperationRow {
  std::string name;    // of the op or kernel; of a dispatch, its label
  std::string op;      // of a dispatch or op
  std::string kernel;  // of a dispatch or kernel
  std::uint64_t count = 1;
  double seconds = 0, share = 0;
  std::uint64_t bytes = 0;
  double flops = 0;
  std::size_t dispatch = 0;  // the first one
};

enum class OperationGroup : std::uint8_t { op, kernel, dispatch };
enum class OperationColumn : std::uint8_t {
  name,
  count,
  time,
  share,
  bandwidth,
  arithmetic,
  bytes
};

// Rows whose name contains the filter, whatever the case, sorted.
struct OperationOrder {
  OperationGroup group = OperationGroup::op;
  OperationColumn column = OperationColumn::time;
  bool descending = true;
  std::string filter;
};
std::vector<OperationRow> operation_rows(const StepProfile& profile, const OperationOrder& order);

class OperationsPanel : public Panel {
 public:
  std::shared_ptr<ProfileChoice> choice = std::make_shared<ProfileChoice>();
  OperationOrder order;

  void set(std::shared_ptr<const StepProfile> profile);

  std::string_view title() const override { return "Operations"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;

 private:
  void draw_controls();
  void draw_table();
  void draw_row(const OperationRow& row);
  bool take_order();  // as the table's head says; whether it changed
  bool chosen(const OperationRow& row) const;
  void choose(const OperationRow& row);

  std::shared_ptr<const StepProfile> profile_;
  std::vector<OperationRow> rows_;
};

}  // namespace lemnos::viewer
