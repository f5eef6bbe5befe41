// SPDX-License-Identifier: Apache-2.0
#include "data/formats/gzip.h"

#define ZLIB_CONST  // next_in points to const
#include <zlib.h>

#include <algorithm>

#include "runtime/base/error.h"

namespace lemnos::data {
namespace {

class Inflater {
 public:
  Inflater(Bytes bytes, std::string_view name) : input_(bytes), name_(name) {
    constexpr int gzip_only = 15 + 16;  // window bits, plus 16: expect a gzip header
    if (inflateInit2(&stream_, gzip_only) != Z_OK) fail("{}: zlib cannot start", name_);
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Fills `out` as far as the content goes; returns the bytes written.
  std::size_t read(std::span<std::byte> out) {
    std::size_t done = 0;
    while (!ended_ && done < out.size()) done += step(out.subspan(done));
    return done;
  }

  bool ended() const { return ended_; }  // the checksum has been seen and is right
  std::size_t unread() const { return input_.size(); }

 private:
  std::size_t step(std::span<std::byte> out) {
    constexpr std::size_t most = 1 << 30;  // zlib counts in 32 bits
    const auto given = std::min(input_.size(), most);
    const auto room = std::min(out.size(), most);
    stream_.next_in = reinterpret_cast<const Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(given);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(room);
    const int code = inflate(&stream_, Z_NO_FLUSH);
    const std::size_t used = given - stream_.avail_in;
    const std::size_t made = room - stream_.avail_out;
    input_ = input_.subspan(used);
    total_ += made;
    if (code == Z_STREAM_END) {
      ended_ = true;
    } else if (code == Z_BUF_ERROR || (code == Z_OK && used == 0 && made == 0)) {
      fail("{}: the gzip data is cut off after {} bytes of content; fetch the file again", name_,
           total_);
    } else if (code != Z_OK) {
      fail("{}: the gzip data is damaged after {} bytes of content ({}); fetch the file again",
           name_, total_, stream_.msg != nullptr ? stream_.msg : zError(code));
    }
    return made;
  }

  z_stream stream_{};
  Bytes input_;
  std::string_view name_;
  std::size_t total_ = 0;
  bool ended_ = false;
};

}  // namespace

bool is_gzip(Bytes bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

std::vector<std::byte> gunzip_head(Bytes bytes, std::size_t count, std::string_view name) {
  std::vector<std::byte> out(count);
  out.resize(Inflater(bytes, name).read(out));
  return out;
}

std::vector<std::byte> gunzip(Bytes bytes, std::size_t max_bytes, std::string_view name) {
  Inflater inflater(bytes, name);
  std::vector<std::byte> out;
  // Grows with the content, so that memory follows what the file really holds. The one byte more
  // than allowed tells "exactly full" from "too long", and lets zlib reach the checksum.
  while (!inflater.ended() && out.size() <= max_bytes) {
    const std::size_t used = out.size();
    out.resize(std::min(max_bytes + 1, std::max(2 * used, 4 * bytes.size() + 64)));
    out.resize(used + inflater.read(std::span(out).subspan(used)));
  }
  if (out.size() > max_bytes)
    fail("{}: the gzip data holds more than the {} bytes expected", name, max_bytes);
  if (inflater.unread() > 0)
    fail("{}: {} bytes follow the end of the gzip data", name, inflater.unread());
  return out;
}

}  // namespace lemnos::data
