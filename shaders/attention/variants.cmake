# SPDX-License-Identifier: Apache-2.0
kernel(attention_tile SOURCE attention_tile.comp)
kernel(attention_grad_queries SOURCE attention_grad_queries.comp)
kernel(attention_grad_keys SOURCE attention_grad_keys.comp)
kernel(attention_rows SOURCE attention_rows.comp)
kernel(attention_rows_texel SOURCE attention_rows.comp DEFINES TEXEL)
kernel(attention_rows_grad SOURCE attention_rows_grad.comp)
kernel(attention_rows_grad_texel SOURCE attention_rows_grad.comp DEFINES TEXEL)
