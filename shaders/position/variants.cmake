# SPDX-License-Identifier: Apache-2.0
kernel(rotary SOURCE rotary.comp)
kernel(rotary_vec4 SOURCE rotary.comp DEFINES VECTORS)
