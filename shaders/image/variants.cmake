# SPDX-License-Identifier: Apache-2.0
image_kernel(resize SOURCE resize.comp)
