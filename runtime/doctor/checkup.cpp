// SPDX-License-Identifier: Apache-2.0
#include "runtime/doctor/checkup.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "runtime/base/error.h"
#include "runtime/base/os.h"
#include "runtime/exec/ladder.h"
#include "runtime/exec/plan.h"
#include "runtime/passes/units.h"

namespace lemnos::doctor {
namespace {

constexpr double patience = 15;  // seconds
constexpr ExecOptions own_kernels{.simplify = false, .epilogues = false, .pointwise = false};

struct Planned {
  std::vector<std::string> kernels;
  std::string signature;  // of all that differs between two ways to run a case
};

Planned planned(const Graph& graph, const gpu::Caps& caps, const ExecOptions& options) {
  Planned made;
  std::set<std::string> kernels;
  for (const PlannedDispatch& each : make_plan(graph, caps, options).dispatches) {
    const Dispatch& dispatch = each.dispatch;
    kernels.emplace(variant_of(*dispatch.shader));
    made.signature += fmt::format("{}", dispatch.shader->name);
    for (const std::uint32_t value : dispatch.specialization)
      made.signature += fmt::format(" {}", value);
    for (const std::uint32_t groups : dispatch.groups) made.signature += fmt::format("x{}", groups);
    made.signature += '\n';
  }
  made.kernels.assign(kernels.begin(), kernels.end());
  return made;
}

std::int64_t size_of(const Case& test_case) {
  std::int64_t elements = problem_of(test_case).out().elements();
  for (const SampleInput& input : test_case.sample.inputs) elements += input.shape.elements();
  return elements;
}

// Why a case cannot run on a device is another's business: such a case is no try.
std::optional<Planned> try_plan(const Graph& graph, const gpu::Caps& caps,
                                const ExecOptions& options) {
  try {
    return planned(graph, caps, options);
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool has_chain(const Graph& graph) {
  for (NodeId id = 0; id < graph.nodes.size(); ++id)
    if (is_generated(graph, id)) return true;
  return false;
}

// A driver that does not promise to keep infinities and NaN may do as it likes.
bool promises(const gpu::Caps& caps, Regime regime) {
  return caps.signed_zero_inf_nan_preserve_f32 ||
         (regime != Regime::infinite && regime != Regime::not_a_number);
}

void add_all_regimes(const Case& plain, const Try& with_plain, const gpu::Caps& caps,
                     std::vector<Try>& tries) {
  for (const Regime regime : all_regimes) {
    if (!allows(plain, regime) || !promises(caps, regime)) continue;
    Try made = with_plain;
    made.test_case = with(plain, regime);
    made.name = made.test_case.name + with_plain.name;
    made.extra = with_plain.extra || regime != Regime::plain;
    tries.push_back(std::move(made));
  }
}

// Of each kernel that the op gets on the first rung the smallest sample that reaches it, with
// ordinary values; and one of several tiles and odd sizes, the largest that takes no time, with all
// kinds of them.
void choose_few(std::vector<Case> cases, const gpu::Caps& caps, std::vector<Try>& tries) {
  constexpr std::int64_t takes_no_time = 4000;  // elements
  std::ranges::stable_sort(cases, {}, size_of);
  struct Reached {
    std::size_t smallest, largest;
  };
  std::map<std::string, Reached> reached;
  std::vector<std::vector<std::string>> kernels;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto plan = try_plan(graph_of(cases[i]), caps, own_kernels);
    kernels.push_back(plan ? plan->kernels : std::vector<std::string>{});
    for (const std::string& kernel : kernels.back()) {
      const auto [at, is_new] = reached.try_emplace(kernel, Reached{i, i});
      if (!is_new && size_of(cases[i]) <= takes_no_time) at->second.largest = i;
    }
  }
  std::set<std::size_t> small, large;
  for (const auto& [kernel, where] : reached) {
    small.insert(where.smallest);
    large.insert(where.largest);
  }
  std::erase_if(large, [&](std::size_t i) { return size_of(cases[i]) > takes_no_time; });
  for (const std::size_t i : small)
    if (!large.contains(i)) tries.push_back({cases[i], own_kernels, cases[i].name, kernels[i]});
  for (const std::size_t i : large)
    add_all_regimes(cases[i],
                    {.options = own_kernels, .kernels = kernels[i], .extra = !small.contains(i)},
                    caps, tries);
}

// On every rung that makes a difference.
void choose_all(const Case& plain, const gpu::Caps& caps, std::vector<Try>& tries) {
  const Graph graph = graph_of(plain);
  std::set<std::string> seen;
  for (std::uint32_t rung = 0; rung < ladder().size(); ++rung) {
    ExecOptions options = own_kernels;
    options.rung = rung;
    const auto plan = try_plan(graph, caps, options);
    if (!plan || plan->kernels.empty() || !seen.insert(plan->signature).second) continue;
    const std::string name = rung == 0 ? "" : fmt::format(", {}", ladder()[rung].name);
    add_all_regimes(plain, {.options = options, .name = name, .kernels = plan->kernels}, caps,
                    tries);
  }
}

void add_chain(const Case& test_case, const gpu::Caps& caps, std::vector<Try>& tries) {
  if (is_quarantined(caps, generated_chains) || !has_chain(graph_of(test_case))) return;
  tries.push_back({test_case, {}, test_case.name + ", generated", {std::string(generated_chains)}});
}

void compile(const Try& attempt, const Question& question, gpu::Device& device,
             const Journal& journal) {
  for (const PlannedDispatch& planned :
       make_plan(question.graph, device.caps(), attempt.options).dispatches) {
    const Dispatch& dispatch = planned.dispatch;
    journal.begin(attempt.name, {std::string(variant_of(*dispatch.shader))});
    static_cast<void>(device.pipeline(*dispatch.shader, dispatch.specialization));
  }
}

Finding attempt(const Try& attempt, const std::shared_ptr<gpu::Device>& device,
                const Journal& journal) {
  Finding finding{.name = attempt.name, .kernels = attempt.kernels};
  const double start = os::seconds();
  try {
    const Question question = ask(attempt.test_case);
    const Solution solution = solve(question);
    compile(attempt, question, *device, journal);
    journal.begin(attempt.name, attempt.kernels);
    finding.error = deviation(question, solution, answer(question, device, attempt.options));
    if (!(finding.error.share <= 1)) finding.kind = Finding::Kind::wrong;
  } catch (const Error& error) {
    finding.detail = error.what();
    finding.kind = error.kind() == ErrorKind::device_lost     ? Finding::Kind::crashed
                   : error.kind() == ErrorKind::out_of_memory ? Finding::Kind::skipped
                                                              : Finding::Kind::failed;
  }
  finding.seconds = os::seconds() - start;
  return finding;
}

}  // namespace

std::vector<Try> choose(const gpu::Caps& caps, Scope scope) {
  std::vector<Try> tries;
  for (const OpDef* op : all_ops()) {
    if (op->lower == nullptr) continue;
    const std::vector<Case> cases = cases_of(*op);
    if (cases.empty()) continue;
    if (scope == Scope::first_use) {
      choose_few(cases, caps, tries);
      add_chain(cases.front(), caps, tries);
      continue;
    }
    for (const Case& test_case : cases) {
      choose_all(test_case, caps, tries);
      add_chain(test_case, caps, tries);
    }
  }
  std::ranges::stable_partition(tries, std::logical_not{}, &Try::extra);
  return tries;
}

std::vector<Finding> check_up(const std::function<std::shared_ptr<gpu::Device>()>& open,
                              Scope scope, const Journal& journal, std::vector<Finding> findings) {
  std::shared_ptr<gpu::Device> device = open();
  const double start = os::seconds();
  const auto leaves_out = [&](const Try& each) {
    return each.extra && scope == Scope::first_use && os::seconds() - start > patience;
  };
  const auto known = [&](const Try& each) {
    return std::ranges::any_of(
        findings, [&](const Finding& finding) { return finding.is(each.name, each.kernels); });
  };
  for (;;) {
    device->quarantine(quarantined(judge(findings)));
    std::vector<Try> tries = choose(device->caps(), scope);
    std::erase_if(tries, known);
    std::erase_if(tries, leaves_out);
    if (tries.empty()) return findings;
    for (const Try& each : tries) {
      if (leaves_out(each)) break;
      findings.push_back(attempt(each, device, journal));
      journal.end(findings.back());
      if (findings.back().kind != Finding::Kind::crashed) continue;
      device.reset();  // it is lost
      device = open();
      break;
    }
  }
}

}  // namespace lemnos::doctor
