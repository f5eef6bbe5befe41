# SPDX-License-Identifier: Apache-2.0
line_kernel(cross_entropy SOURCE cross_entropy.comp LAST_AXIS_ONLY)
line_kernel(cross_entropy_grad SOURCE cross_entropy_grad.comp LAST_AXIS_ONLY)
