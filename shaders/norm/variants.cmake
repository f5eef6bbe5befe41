# SPDX-License-Identifier: Apache-2.0
line_kernel(norm SOURCE norm.comp LAST_AXIS_ONLY)
line_kernel(norm_grad SOURCE norm_grad.comp LAST_AXIS_ONLY)
line_kernel(norm_columns SOURCE norm_columns.comp)
