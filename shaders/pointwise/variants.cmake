# SPDX-License-Identifier: Apache-2.0
kernel(pointwise SOURCE pointwise.comp)
kernel(fill SOURCE fill.comp)
kernel(cast SOURCE cast.comp)
