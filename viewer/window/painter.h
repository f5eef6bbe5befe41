// SPDX-License-Identifier: Apache-2.0
// Draws pictures (viewer/picture.h) into a frame: a fragment shader reads the storage buffer that
// holds them, the device's own where they are there already.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "runtime/gpu/buffer.h"
#include "runtime/gpu/device.h"
#include "viewer/picture.h"
#include "viewer/window/canvas.h"

namespace lemnos::viewer {

// What a frame in flight uses, given back when its fence says that it is done.
struct FramePictures {
  std::vector<VkDescriptorPool> pools;  // full but for the last
  std::uint32_t sets = 0;               // taken from the last pool
  std::vector<std::shared_ptr<const void>> kept;
};

class Painter {
 public:
  Painter(std::shared_ptr<gpu::Device> device, const DrawCalls& calls, const RenderPass& pass);
  ~Painter();
  Painter(const Painter&) = delete;
  Painter& operator=(const Painter&) = delete;

  void paint(VkCommandBuffer commands, VkExtent2D screen, FramePictures& frame,
             const PictureDraw& draw);
  void recycle(FramePictures& frame);  // its fence was waited for
  void release(FramePictures& frame);

 private:
  struct Uploaded {
    std::weak_ptr<const Picture> picture;
    std::shared_ptr<const gpu::Buffer> buffer;
  };
  struct Source {
    const gpu::Buffer* buffer = nullptr;
    std::uint64_t offset = 0;  // bytes
    std::uint64_t bytes = 0;
    std::uint32_t first = 0;  // element behind the offset
  };

  void make_pipeline(const RenderPass& pass);
  void destroy();
  VkShaderModule make_module(std::span<const std::uint32_t> words);
  std::shared_ptr<const gpu::Buffer> upload(const PicturePtr& picture);
  Source source_of(const PicturePtr& picture, FramePictures& frame);
  VkDescriptorSet make_set(FramePictures& frame, const Source& source);

  std::shared_ptr<gpu::Device> device_;
  const DrawCalls& calls_;
  std::unordered_map<const Picture*, Uploaded> uploaded_;
  VkShaderModule vertex_ = VK_NULL_HANDLE, fragment_ = VK_NULL_HANDLE;
  VkDescriptorSetLayout set_layout_ = VK_NULL_HANDLE;
  VkPipelineLayout layout_ = VK_NULL_HANDLE;
  VkPipeline pipeline_ = VK_NULL_HANDLE;
};

}  // namespace lemnos::viewer
