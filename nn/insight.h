// SPDX-License-Identifier: Apache-2.0
// What a model looks at. These functions record, so they are called inside compile(...), or by
// answers() of nn/train/generator.h for the rows of a data set.
#pragma once

#include <functional>
#include <vector>

#include "nn/train/task.h"

namespace lemnos {

// The attention maps of what `forward` records, one for each MultiHeadAttention in that order:
// f32 [N, heads, T, S], how much of each of S keys goes into each of T queries, before dropout. A
// query's row sums to 1, with zeros where it does not see. Empty where nothing attends.
std::vector<Tensor> attention_maps(const std::function<void()>& forward);
// Of a task's own forward pass; of one that rewrites texts, as it reads.
std::vector<Tensor> attention_maps(const Task& task, const Tensor& inputs);

// The gradient of each row's largest score, of scores [N, C], with respect to x, which they were
// recorded from; like x. With C = 1: of the score itself. Rows must not depend on each other.
// Simonyan, Vedaldi and Zisserman 2013, "Deep inside convolutional networks".
Tensor saliency(const Tensor& scores, const Tensor& x);
// Of a task's scores: for images and numbers f32, like the inputs and with respect to them as the
// model gets them (pixels from 0 to 1, standardised features). For tokens [N, T]: the L2 norm of
// the gradient with respect to each token's embedding (Li et al. 2016, "Visualizing and
// understanding neural models in NLP").
Tensor saliency(const Task& task, const Tensor& inputs);

}  // namespace lemnos
