// SPDX-License-Identifier: Apache-2.0
// What a picture is drawn by; see PictureStyle and PictureLayout.
#include "shaders/common/params.h"

PARAMS(DrawPicture) {
  float screen_width;
  float screen_height;
  float left;  // of the picture on the screen
  float top;
  float width;
  float height;
  float cell_width;  // of an image, without the gap
  float cell_height;
  float gap;
  float from_x;  // magnified: left upper corner, as a part of the whole
  float from_y;
  float zoom;
  uint columns;
  uint first;  // element at which the images begin
  uint first_image;
  uint images;
  uint image_height;
  uint image_width;
  uint channels;
  uint colors;  // enum Colors
  float low;
  float high;
}
PARAMS_END
