// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/profile.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>

#include "runtime/base/error.h"
#include "runtime/base/os.h"

namespace lemnos::gpu {
namespace {

using Json = nlohmann::json;
using Kind = CapsField::Kind;

constexpr CapsField fields[] = {
    {"max_storage_buffer_range", Kind::limit, &Caps::max_storage_buffer_range},
    {"max_texel_elements", Kind::limit, &Caps::max_texel_elements},
    {"texel_offset_alignment", Kind::alignment, &Caps::texel_offset_alignment},
    {"storage_offset_alignment", Kind::alignment, &Caps::storage_offset_alignment},
    {"max_push_bytes", Kind::limit, &Caps::max_push_bytes},
    {"max_groups", Kind::limit, &Caps::max_groups},
    {"max_group_size", Kind::limit, &Caps::max_group_size},
    {"max_group_invocations", Kind::limit, &Caps::max_group_invocations},
    {"shared_bytes", Kind::limit, &Caps::shared_bytes},
    {"max_storage_buffers_per_stage", Kind::limit, &Caps::max_storage_buffers_per_stage},
    {"max_allocation", Kind::limit, &Caps::max_allocation},
    {"subgroup_size", Kind::subgroup, &Caps::subgroup_size},
    {"subgroup_size_control", Kind::feature, &Caps::subgroup_size_control},
    {"subgroup_basic", Kind::feature, &Caps::subgroup_basic},
    {"subgroup_vote", Kind::feature, &Caps::subgroup_vote},
    {"subgroup_arithmetic", Kind::feature, &Caps::subgroup_arithmetic},
    {"subgroup_shuffle", Kind::feature, &Caps::subgroup_shuffle},
    {"subgroup_ballot", Kind::feature, &Caps::subgroup_ballot},
    {"float16", Kind::feature, &Caps::float16},
    {"int8", Kind::feature, &Caps::int8},
    {"storage16", Kind::feature, &Caps::storage16},
    {"storage8", Kind::feature, &Caps::storage8},
    {"float_atomics", Kind::feature, &Caps::float_atomics},
    {"signed_zero_inf_nan_preserve_f32", Kind::feature, &Caps::signed_zero_inf_nan_preserve_f32},
    {"integer_dot_product", Kind::feature, &Caps::integer_dot_product},
    {"cooperative_matrix", Kind::feature, &Caps::cooperative_matrix},
    {"bfloat16_matrix", Kind::feature, &Caps::bfloat16_matrix},
    {"max_loop_turns", Kind::loop_turns, &Caps::max_loop_turns},
    {"texel_loads_preferred", Kind::preference, &Caps::texel_loads_preferred},
    {"register_tiling_preferred", Kind::preference, &Caps::register_tiling_preferred}};

// One value of a profile, and what its messages say.
struct Entry {
  const CapsField& field;
  const Caps& caps;  // the device's own
  std::string_view source;

  template <class... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    fail_usage("{}: {} {}", source, field.name, fmt::format(format, std::forward<Args>(args)...));
  }

  void check_subgroup(std::uint64_t wanted) const {
    if (wanted == caps.subgroup_size) return;
    if (!caps.subgroup_size_control)
      refuse("cannot be {}: {} has subgroups of {} and no control of their size", wanted, caps.name,
             caps.subgroup_size);
    if (wanted < caps.min_subgroup_size || wanted > caps.max_subgroup_size ||
        !std::has_single_bit(wanted))
      refuse("must be a power of two from {} to {} on {}, not {}", caps.min_subgroup_size,
             caps.max_subgroup_size, caps.name, wanted);
  }

  // least: of a device that Lemnos supports.
  void check_number(std::uint64_t wanted, std::uint64_t own, std::uint64_t least) const {
    switch (field.kind) {
      case Kind::subgroup:
        return check_subgroup(wanted);
      case Kind::alignment:
        if (wanted < own || wanted > least || !std::has_single_bit(wanted))
          refuse("must be a power of two from {} (what {} needs) to {}, not {}", own, caps.name,
                 std::max(own, least), wanted);
        return;
      case Kind::loop_turns:
        if (wanted < 65535 || (own != 0 && wanted > own))
          refuse("must be 65535{}, not {}", own == 0 ? " or more" : fmt::format(" to {}", own),
                 wanted);
        return;
      default:
        if (wanted > own) refuse("cannot be {}: {} has {}", wanted, caps.name, own);
        if (wanted < std::min(own, least))
          refuse("must be {} at least, which every Vulkan device has, not {}", std::min(own, least),
                 wanted);
    }
  }

  std::uint64_t number(const Json& value) const {
    if (!value.is_number_unsigned()) refuse("must be a whole number, not {}", value.dump());
    return value.get<std::uint64_t>();
  }

  void set(Caps& masked, bool Caps::*member, const Json& value) const {
    if (!value.is_boolean()) refuse("must be true or false, not {}", value.dump());
    if (field.kind == Kind::feature && value.get<bool>() && !(caps.*member))
      refuse("cannot be true: {} has not got it", caps.name);
    masked.*member = value.get<bool>();
  }

  template <class T>
  void set(Caps& masked, T Caps::*member, const Json& value) const {
    const std::uint64_t wanted = number(value);
    check_number(wanted, caps.*member, Caps{}.*member);
    masked.*member = static_cast<T>(wanted);
  }

  void set(Caps& masked, std::array<std::uint32_t, 3> Caps::*member, const Json& value) const {
    if (!value.is_array() || value.size() != 3)
      refuse("must be three numbers, [x, y, z], not {}", value.dump());
    for (std::size_t i = 0; i < 3; ++i) {
      check_number(number(value[i]), (caps.*member)[i], (Caps{}.*member)[i]);
      (masked.*member)[i] = value[i].get<std::uint32_t>();
    }
  }
};

const CapsField& field_named(std::string_view name, std::string_view source) {
  const auto found = std::ranges::find(fields, name, &CapsField::name);
  if (found != std::end(fields)) return *found;
  std::vector<std::string_view> names;
  for (const CapsField& field : fields) names.push_back(field.name);
  fail_usage("{}: there is no limit or feature '{}'; there are {}", source, name,
             fmt::join(names, ", "));
}

}  // namespace

std::span<const CapsField> caps_fields() { return fields; }

Caps masked(Caps caps, std::string_view json, std::string_view source) {
  const Json profile = Json::parse(json, nullptr, false);
  if (!profile.is_object())
    fail_usage("{}: a profile is one JSON object, such as {{\"float16\": false}}", source);
  const Caps own = caps;
  for (const auto& [name, value] : profile.items()) {
    const Entry entry{field_named(name, source), own, source};
    std::visit([&](const auto member) { entry.set(caps, member, value); }, entry.field.member);
  }
  return caps;
}

Caps with_profile(Caps caps, std::string_view profile) {
  if (profile.empty() || profile == "full") return caps;
  if (profile == "minimum") return minimum(std::move(caps));
  if (!profile.ends_with(".json"))
    fail_usage(
        "LEMNOS_PROFILE is '{}': unknown profile; use minimum, full (the default) or a file "
        "FILE.json",
        profile);
  std::string text;
  try {
    text = os::read_text(std::filesystem::path(profile), 1 << 20);
  } catch (const Error& error) {
    fail_usage("LEMNOS_PROFILE: {}", error.what());
  }
  return masked(std::move(caps), text, fmt::format("LEMNOS_PROFILE {}", profile));
}

}  // namespace lemnos::gpu
