// SPDX-License-Identifier: Apache-2.0
#include "runtime/doctor/child.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "runtime/base/error.h"
#include "runtime/base/os.h"
#include "runtime/doctor/examination.h"
#include "runtime/exec/device_file.h"

namespace lemnos::doctor {
namespace fs = std::filesystem;
namespace {

constexpr int device_lost_code = 3;  // of a child that wants to be started again

class TemporaryFolder {
 public:
  TemporaryFolder() : path_(os::make_temporary_folder()) {}
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void append(const fs::path& journal, const char* kind, const Finding& finding) {
  const nlohmann::ordered_json line{{kind, to_json(finding)}};
  os::append_text(journal,
                  line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

// Waits for the child's end. True: it took longer than `limit` over one thing, and was ended.
bool outlast(os::Program& child, const fs::path& journal, double limit) {
  std::uintmax_t size = 0;
  double since = os::seconds();
  while (!child.exit_code()) {
    os::sleep(0.02);
    std::error_code none_yet;
    const std::uintmax_t now = fs::file_size(journal, none_yet);
    if (now != size) since = os::seconds();
    size = now;
    if (os::seconds() - since < limit) continue;
    child.end();
    while (!child.exit_code()) os::sleep(0.01);
    return true;
  }
  return false;
}

std::string ending(int code) {
  return code > 128 ? fmt::format("signal {} ended the process", code - 128)
                    : fmt::format("the process ended with code {}", code);
}

struct Fault {
  std::string kind, kernel;

  static Fault from_environment() {
    const std::string text = os::env("LEMNOS_DOCTOR_FAULT").value_or("");
    const auto colon = text.find(':');
    if (colon == std::string::npos) return {};
    return {text.substr(0, colon), text.substr(colon + 1)};
  }
  bool hits(const std::string& wanted, const std::vector<std::string>& kernels) const {
    return kind == wanted && std::ranges::find(kernels, kernel) != kernels.end();
  }
};

}  // namespace

Entries read_journal(const fs::path& file) {
  Entries entries;
  std::error_code error;
  if (!fs::exists(file, error)) return entries;
  std::istringstream lines(os::read_text(file));
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) continue;  // a line that a crash cut short
    if (json.contains("build")) entries.build = json["build"];
    if (json.contains("begin")) entries.open = finding_from(json["begin"]);
    if (!json.contains("end")) continue;
    entries.findings.push_back(finding_from(json["end"]));
    entries.open.reset();
  }
  return entries;
}

std::optional<fs::path> child_program() {
  if (const auto self = os::env("LEMNOS_SELF")) return *self;
  const fs::path own = os::own_program();
  if (own.filename() == "lemnos") return own;
  const fs::path beside = own.parent_path() / "lemnos";
  std::error_code error;
  if (fs::is_regular_file(beside, error)) return beside;
  return std::nullopt;
}

std::vector<Finding> check_up_in_child(const fs::path& program, const std::string& device,
                                       Scope scope, double limit) {
  const TemporaryFolder folder;
  const fs::path journal = folder.path() / "journal.jsonl";
  std::vector<std::string> arguments{"doctor", "--child", journal.string(), "--device", device};
  if (scope == Scope::full) arguments.push_back("--full");
  for (;;) {
    os::Program child = os::start_program(program, arguments);
    const bool hung = outlast(child, journal, limit);
    const int code = *child.exit_code();
    Entries entries = read_journal(journal);
    if (!entries.build.empty() && entries.build != build_checksum())
      fail("{} is of another build", program.string());
    if (code == 0) return entries.findings;
    if (code == device_lost_code && !entries.open) continue;
    if (!entries.open || (!hung && code < 128 && code != device_lost_code))
      fail("{} cannot try the kernels: {}", program.string(), child.said());
    entries.open->kind = hung ? Finding::Kind::hung : Finding::Kind::crashed;
    entries.open->detail = hung ? fmt::format("no end after {:.0f} seconds", limit) : ending(code);
    append(journal, "end", *entries.open);
  }
}

int run_child(const fs::path& journal, const std::string& device, Scope scope) {
  const Fault fault = Fault::from_environment();
  os::append_text(journal, nlohmann::json{{"build", build_checksum()}}.dump() + "\n");
  bool lost = false;
  const auto begin = [&](const std::string& name, const std::vector<std::string>& kernels) {
    append(journal, "begin", {.name = name, .kernels = kernels});
    if (fault.hits("crash", kernels)) std::abort();
    while (fault.hits("hang", kernels)) os::sleep(1);
  };
  const auto end = [&](Finding& finding) {
    if (fault.hits("wrong", finding.kernels)) {
      finding.kind = Finding::Kind::wrong;
      finding.error = {1e6, 1e6};
    }
    append(journal, "end", finding);
    lost = finding.kind == Finding::Kind::crashed;
  };
  // A lost device is opened anew by another process.
  const auto open = [&] {
    if (lost) fail("the device was lost");
    return gpu::Device::open(device);
  };
  try {
    check_up(open, scope, {begin, end}, read_journal(journal).findings);
  } catch (const Error&) {
    if (lost) return device_lost_code;
    throw;
  }
  return 0;
}

}  // namespace lemnos::doctor
