// SPDX-License-Identifier: Apache-2.0
#include "data/formats/safetensors.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "runtime/base/os.h"

namespace lemnos::data {
namespace {

using nlohmann::json;

constexpr std::uint64_t longest_header = 100'000'000;

struct Entry {
  std::string name;
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::vector<std::uint64_t> offsets;
};

// Reads the header event by event, so that a hostile one is refused at its first wrong token and
// never becomes a tree in memory; a tree would also have lost keys given twice.
class HeaderReader final : public nlohmann::json_sax<json> {
 public:
  explicit HeaderReader(std::string_view name) : name_(name) {}

  std::vector<Entry> entries;
  std::map<std::string, std::string> metadata;

  bool start_object(std::size_t) override {
    switch (at_) {
      case At::start:
        at_ = At::top;
        return true;
      case At::top:
        break;
      default:
        unexpected("an object");
    }
    if (key_ == "__metadata__") {
      at_ = At::metadata;
    } else {
      at_ = At::tensor;
      entries.push_back({key_, {}, {}, {}});
      fields_.clear();
    }
    return true;
  }

  bool end_object() override {
    if (at_ == At::tensor && fields_.size() != 3)
      fail("{}: tensor '{}' lacks one of dtype, shape and data_offsets", name_,
           entries.back().name);
    at_ = at_ == At::top ? At::end : At::top;
    return true;
  }

  bool key(string_t& key) override {
    if (at_ == At::tensor && key != "dtype" && key != "shape" && key != "data_offsets")
      fail("{}: tensor '{}' has an unknown key '{}'", name_, entries.back().name, key);
    const bool fresh = at_ == At::tensor     ? fields_.insert(key).second
                       : at_ == At::metadata ? !metadata.contains(key)
                                             : names_.insert(key).second;
    if (!fresh) fail("{}: the key '{}' is given twice in the safetensors header", name_, key);
    key_ = key;
    return true;
  }

  bool string(string_t& value) override {
    if (at_ == At::metadata) {
      metadata[key_] = value;
    } else if (at_ == At::tensor && key_ == "dtype") {
      entries.back().dtype = value;
    } else {
      unexpected("a string");
    }
    return true;
  }

  bool start_array(std::size_t) override {
    if (at_ != At::tensor || key_ == "dtype") unexpected("a list");
    at_ = At::list;
    return true;
  }

  bool end_array() override {
    at_ = At::tensor;
    if (key_ == "data_offsets" && entries.back().offsets.size() != 2)
      fail("{}: tensor '{}' has {} data_offsets, expected 2", name_, entries.back().name,
           entries.back().offsets.size());
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (at_ != At::list) unexpected("a number");
    auto& list = key_ == "shape" ? entries.back().shape : entries.back().offsets;
    list.push_back(value);
    if (list.size() > Shape::max_rank)
      fail("{}: tensor '{}' has more than {} axes", name_, entries.back().name, Shape::max_rank);
    return true;
  }

  bool number_integer(number_integer_t) override { unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override { unexpected("a fraction"); }
  bool boolean(bool) override { unexpected("a boolean"); }
  bool null() override { unexpected("null"); }
  bool binary(binary_t&) override { unexpected("binary data"); }

  bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
    fail("{}: the safetensors header is not valid JSON at its byte {}", name_, position);
  }

 private:
  enum class At { start, top, metadata, tensor, list, end };

  [[noreturn]] void unexpected(std::string_view what) const {
    if (at_ == At::start) fail("{}: the safetensors header is {}, not an object", name_, what);
    if (at_ == At::metadata)
      fail("{}: __metadata__ '{}' is {}, expected a string", name_, key_, what);
    if (at_ == At::top) fail("{}: the entry '{}' is {}, expected an object", name_, key_, what);
    fail("{}: tensor '{}' has {} where it does not belong, under '{}'", name_, entries.back().name,
         what, key_);
  }

  std::string_view name_;
  At at_ = At::start;
  std::string key_;
  std::set<std::string> fields_;  // of the tensor being read
  std::set<std::string> names_;
};

DType dtype_of_name(const Entry& entry, std::string_view name) {
  if (entry.dtype == "F32") return DType::f32;
  if (entry.dtype == "I32") return DType::i32;
  if (entry.dtype == "U32") return DType::u32;
  if (entry.dtype == "U8") return DType::u8;
  fail("{}: tensor '{}' is of type {}; F32, I32, U32 and U8 are supported: convert it first", name,
       entry.name, entry.dtype);
}

std::string_view name_in_file(DType type) {
  switch (type) {
    case DType::f32:
      return "F32";
    case DType::i32:
      return "I32";
    case DType::u32:
      return "U32";
    case DType::u8:
      return "U8";
    case DType::f16:
      return "F16";
    case DType::bf16:
      return "BF16";
  }
  return "?";
}

// Entries in file order must tile the data section: no hole, no overlap, nothing left over.
void check_layout(std::vector<Entry>& entries, std::uint64_t data_bytes, std::string_view name) {
  std::ranges::sort(entries, {}, &Entry::offsets);
  std::uint64_t end = 0;
  for (const Entry& entry : entries) {
    if (entry.offsets[0] != end)
      fail(
          "{}: tensor '{}' begins at byte {} of the data, expected {}: tensors must neither "
          "overlap nor leave holes",
          name, entry.name, entry.offsets[0], end);
    if (entry.offsets[1] < end || entry.offsets[1] > data_bytes)
      fail(
          "{}: tensor '{}' covers bytes {} to {}, but the data has {}: the file is cut off or "
          "damaged",
          name, entry.name, end, entry.offsets[1], data_bytes);
    end = entry.offsets[1];
  }
  if (end != data_bytes)
    fail("{}: {} bytes at the end belong to no tensor", name, data_bytes - end);
}

Array load(const Entry& entry, Bytes data, std::string_view name) {
  const DType dtype = dtype_of_name(entry, name);
  const Shape shape = declared_shape(entry.shape, fmt::format("{}: tensor '{}'", name, entry.name));
  const Bytes bytes = data.subspan(entry.offsets[0], entry.offsets[1] - entry.offsets[0]);
  const auto wanted = static_cast<std::size_t>(shape.elements()) * size_of(dtype);
  if (bytes.size() != wanted)
    fail("{}: tensor '{}' is {} {}, that is {} bytes, but its data_offsets span {}", name,
         entry.name, entry.dtype, shape, wanted, bytes.size());
  return {dtype, shape, {bytes.begin(), bytes.end()}};
}

}  // namespace

TensorFile parse_safetensors(Bytes bytes, std::string_view name) {
  if (bytes.size() < 8) fail("{}: {} bytes are too few for a safetensors file", name, bytes.size());
  const auto length = load_little<std::uint64_t>(bytes, 0);
  if (length > longest_header)
    fail("{}: not a safetensors file, or damaged: its header would have {} bytes, the limit is {}",
         name, length, longest_header);
  if (length > bytes.size() - 8)
    fail("{}: the safetensors file is cut off: a header of {} bytes, {} are left", name, length,
         bytes.size() - 8);
  const std::string_view text = text_of(bytes.subspan(8, length));
  if (!text.starts_with('{'))
    fail("{}: not a safetensors file: the header does not begin with '{{'", name);
  HeaderReader header(name);
  json::sax_parse(text, &header);
  const Bytes data = bytes.subspan(8 + length);
  check_layout(header.entries, data.size(), name);
  TensorFile file;
  file.metadata = std::move(header.metadata);
  for (const Entry& entry : header.entries) file.tensors[entry.name] = load(entry, data, name);
  return file;
}

TensorFile read_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(os::read_file(path), path.string());
}

std::vector<std::byte> encode_safetensors(const TensorFile& file) {
  std::vector<const std::pair<const std::string, Array>*> order;
  for (const auto& tensor : file.tensors) {
    if (tensor.first == "__metadata__") fail_usage("a tensor cannot be named __metadata__");
    tensor.second.verify();
    order.push_back(&tensor);
  }
  std::ranges::stable_partition(
      order, [](const auto* tensor) { return size_of(tensor->second.dtype) == 4; });
  json header = json::object();  // keys come out sorted
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  std::uint64_t end = 0;
  for (const auto* tensor : order) {
    const auto& [name, array] = *tensor;
    const std::uint64_t begin = std::exchange(end, end + array.bytes.size());
    header[name] = {{"dtype", name_in_file(array.dtype)},
                    {"shape", std::vector<std::int64_t>(array.shape.begin(), array.shape.end())},
                    {"data_offsets", {begin, end}}};
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const json::exception&) {
    fail_usage("a tensor's name or a metadata text is not valid UTF-8");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');
  check(text.size() <= longest_header, "a safetensors header of {} bytes is over the limit of {}",
        text.size(), longest_header);

  std::vector<std::byte> out;
  out.reserve(8 + text.size() + end);
  append_little(out, std::uint64_t{text.size()});
  append(out, std::as_bytes(std::span(text)));
  for (const auto* tensor : order) append(out, tensor->second.bytes);
  return out;
}

void write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  os::write_file(path, encode_safetensors(file));
}

}  // namespace lemnos::data
