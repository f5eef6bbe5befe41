# SPDX-License-Identifier: Apache-2.0
image_kernel(affine SOURCE affine.comp)
image_kernel(resize SOURCE resize.comp)
