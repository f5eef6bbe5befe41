// SPDX-License-Identifier: Apache-2.0
#include <csetjmp>
#include <cstdio>  // jpeglib.h takes it for granted

#include <jerror.h>
#include <jpeglib.h>

#include "data/formats/image.h"

namespace lemnos::data {
namespace {

// A file of a few bytes a scan can ask for thousands of passes over all pixels.
constexpr int most_scans = 500;

// Where only what surrounds the pixels is odd; any other warning means damaged pixels.
bool harmless(int warning) {
  return warning == JWRN_EXTRANEOUS_DATA || warning == JWRN_JFIF_MAJOR ||
         warning == JWRN_ADOBE_XFORM;
}

// libjpeg reports an error by a function that must not return. It leaves by longjmp, which runs no
// destructors: what is owned, is owned by the caller of run(), never by what run() runs.
class Jpeg {
 public:
  explicit Jpeg(std::string_view name) : name_(name) {
    info.err = jpeg_std_error(&errors_);
    info.client_data = this;  // it and err outlive jpeg_create_decompress()
    errors_.error_exit = [](j_common_ptr common) { of(common).leave(); };
    errors_.emit_message = [](j_common_ptr common, int level) {
      if (level < 0 && !harmless(common->err->msg_code)) of(common).leave();
    };
    progress_.progress_monitor = [](j_common_ptr common) {
      Jpeg& jpeg = of(common);
      if (jpeg.info.input_scan_number <= most_scans) return;
      jpeg.errors_.msg_code = JERR_BAD_PROGRESSION;
      jpeg.leave();
    };
  }
  ~Jpeg() { jpeg_destroy_decompress(&info); }
  Jpeg(const Jpeg&) = delete;
  Jpeg& operator=(const Jpeg&) = delete;

  void create() {
    run([this] { jpeg_create_decompress(&info); });
    info.progress = &progress_;
  }
  template <class Work>
  void run(const Work& work) {
    if (setjmp(jump_) != 0) fail("{}: cannot be read as JPEG: {}", name_, message_);
    work();
  }

  jpeg_decompress_struct info{};

 private:
  static Jpeg& of(j_common_ptr common) { return *static_cast<Jpeg*>(common->client_data); }
  [[noreturn]] void leave() {
    errors_.format_message(reinterpret_cast<j_common_ptr>(&info), message_);
    std::longjmp(jump_, 1);
  }

  std::string_view name_;
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf jump_{};
  char message_[JMSG_LENGTH_MAX] = {};
};

// Ink as a share of black and of a colour takes light away: R = (1 - C) (1 - K). Files with Adobe's
// marker hold 1 - C and so on.
Array from_ink(const Array& ink, bool inverted) {
  Array rgb = Array::zeros(DType::u8, Shape{ink.shape[0], ink.shape[1], 3});
  const auto from = ink.as<std::uint8_t>();
  const auto to = rgb.as<std::uint8_t>();
  const auto light = [&](std::size_t at) -> unsigned {
    return inverted ? from[at] : 255u - from[at];
  };
  for (std::size_t pixel = 0; 4 * pixel < from.size(); ++pixel)
    for (std::size_t i = 0; i < 3; ++i)
      to[3 * pixel + i] =
          static_cast<std::uint8_t>((light(4 * pixel + i) * light(4 * pixel + 3) + 127) / 255);
  return rgb;
}

J_COLOR_SPACE decoded_space(const jpeg_decompress_struct& info, std::string_view name) {
  switch (info.jpeg_color_space) {
    case JCS_GRAYSCALE:
      return JCS_GRAYSCALE;
    case JCS_YCbCr:
    case JCS_RGB:
      return JCS_RGB;
    case JCS_CMYK:
    case JCS_YCCK:
      return JCS_CMYK;
    default:
      fail("{}: a JPEG of {} channels is neither gray nor a colour image; save it as RGB", name,
           info.num_components);
  }
}

}  // namespace

Array parse_jpeg(Bytes bytes, std::string_view name, Channels channels, std::uint64_t max_pixels) {
  Jpeg jpeg(name);
  jpeg.create();
  jpeg_decompress_struct& info = jpeg.info;
  jpeg.run([&] {
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&info, TRUE);
  });
  check_pixels(info.image_width, info.image_height, max_pixels, name);
  info.out_color_space = decoded_space(info, name);
  jpeg.run([&] { jpeg_start_decompress(&info); });
  Array image =
      Array::zeros(DType::u8, Shape{info.output_height, info.output_width, info.output_components});
  auto* const pixels = reinterpret_cast<unsigned char*>(image.bytes.data());
  const std::size_t row_bytes = image.row_bytes();
  jpeg.run([&] {
    while (info.output_scanline < info.output_height) {
      JSAMPROW row = pixels + info.output_scanline * row_bytes;
      jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
  });
  if (info.out_color_space == JCS_CMYK) image = from_ink(image, info.saw_Adobe_marker == TRUE);
  return with_channels(std::move(image), channels);
}

}  // namespace lemnos::data
