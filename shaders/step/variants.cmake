# SPDX-License-Identifier: Apache-2.0
kernel(advance SOURCE advance.comp)
