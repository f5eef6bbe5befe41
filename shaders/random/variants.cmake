# SPDX-License-Identifier: Apache-2.0
kernel(random SOURCE random.comp)
