// SPDX-License-Identifier: Apache-2.0
// What a model is trained for: its loss, how it is judged, what it can be asked for.
//
// The functions that take and return Tensors record; inputs come as they are stored (u8 images),
// and `targets` is empty where the data set has none.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/datasets/dataset.h"
#include "nn/module.h"
#include "nn/train/metrics.h"
#include "nn/train/preprocessing.h"

namespace lemnos {

// ids i32 [N, T] to logits [N, T, vocabulary] of what follows each token (for a masked model: of
// what stands at its place), and to what it makes of a text as a whole, f32 [N, F].
struct TokenNetwork {
  std::function<Tensor(const Tensor&ids)> logits, features;
  // One token more, i32 [N], of N texts that have `place` (i32 [1]) already, to logits
  // [N, vocabulary]. caches keep what is still needed of those before.
  std::function<Tensor(const Tensor& ids, const Tensor& place, std::span<const Tensor> caches)>
      next = nullptr;
  std::function<std::vector<Tensor>(std::int64_t texts)> make_caches = nullptr;
  std::int64_t vocabulary = 0, length = 0;  // ids there are; tokens it sees at most
};

// Texts i32 [N, S] that were read, and i32 [N, T] as far as they are written, from the begin token
// on, to logits [N, T, vocabulary] of what is to be written next; and what it makes of a text that
// it read, f32 [N, F].
struct SequenceNetwork {
  std::function<Tensor(const Tensor& read, const Tensor& written)> logits;
  std::function<Tensor(const Tensor& read)> features;
  std::int64_t vocabulary = 0, length = 0;
};

class Task {
 public:
  explicit Task(std::vector<Parameter> parameters) : parameters_(std::move(parameters)) {}
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  const std::vector<Parameter>& parameters() const { return parameters_; }

  // The parameters that have an optimizer of their own: beginnings of names. One, of all.
  virtual std::vector<std::string> parts() const { return {""}; }

  // Records a training step. Lessens the loss of each part by an update(part's index, loss), one
  // after the other: what is recorded then sees the weights that this update leaves. observe()s
  // "loss", and what it is the sum of.
  using Update = std::function<void(std::size_t part, const Tensor& loss)>;
  virtual void step(const Tensor& inputs, const Tensor& targets, const Update& update) const;

  // The loss of a batch, of a task with one. observe()s its terms, where it has terms.
  virtual Tensor loss(const Tensor& inputs, const Tensor& targets) const;
  // Where the targets are classes or tokens: the part of each that the loss, but no evaluation,
  // spreads evenly over all (CrossEntropyOptions).
  virtual bool has_classes() const { return false; }
  void smooth_labels(double part);  // wrong usage: of a task without classes
  // Of numbers or images, whose targets are classes: the loss, but no evaluation, is that of blends
  // of two rows by shares from Beta(alpha, alpha) (nn/train/mixup.h); 0: it is not. Wrong usage: of
  // other tasks.
  virtual void mix_up(double alpha);

  // Evaluation of a split, one batch after the other: observe()s means over the batch's rows, and
  // returns what is judged row by row, f32 [rows, ...], or nothing. metrics() is given the means
  // over all rows, in the order observed, and what was returned for each row of the split.
  virtual Tensor evaluate(const Tensor& inputs, const Tensor& targets) const = 0;
  virtual Metrics metrics(std::span<const double> means, const data::Array& rows,
                          const data::Split& split) const = 0;
  // The metric by which one evaluation is better than another; no name: none tells.
  struct Watched {
    std::string_view metric = "loss";
    bool larger_is_better = false;
  };
  virtual Watched watched() const { return {}; }

  // Class probabilities [N, C], or values [N, 1] in units of the standardised target.
  virtual bool predicts() const { return false; }
  virtual Tensor predict(const Tensor& inputs) const;
  // f32 [N, F]: what the model has made of its inputs when only the last layer is left, or the mean
  // of their code. Of texts any rows of tokens, i32 [N, T]; those beyond its length are not seen.
  virtual bool has_features() const { return false; }
  virtual Tensor features(const Tensor& inputs) const;
  // f32 [N, C]: a score for each class or next token it decides between, of which the largest wins;
  // of a number that it predicts [N, 1], the number itself.
  virtual bool decides() const { return false; }
  virtual Tensor scores(const Tensor& inputs) const;
  // Images [N, H, W, C] in [0, 1], from random numbers.
  virtual bool generates() const { return latent() > 0; }
  virtual Tensor sample(std::int64_t count) const;
  // Numbers of the code that an image is made of, from N(0, I); 0: of no model without one. What
  // codes [N, latent] become: images as sample() draws them. encodes: features() are such codes.
  virtual std::int64_t latent() const { return 0; }
  virtual Tensor decode(const Tensor& z) const;
  virtual bool encodes() const { return false; }
  // What is left of given images, last; before it what the model was given, if that was not all.
  virtual bool reconstructs() const { return false; }
  virtual std::vector<Tensor> reconstruct(const Tensor& inputs) const;
  // f32 [N, candidates, 4 + classes]: boxes and how probably each class is there (detections_of).
  virtual bool detects() const { return false; }
  virtual Tensor detect(const Tensor& inputs) const;
  // The first `count` rows of a split and what evaluate() returned of them as pictures [n, H, W,
  // C], as on_samples takes them; none of most tasks.
  virtual data::Array pictures(const data::Array& rows, const data::Split& split,
                               std::int64_t count) const;
  // nullptr, or what goes on with a text; or what makes one text of another.
  virtual const TokenNetwork* writes() const { return nullptr; }
  virtual const SequenceNetwork* rewrites() const { return nullptr; }

 protected:
  double smoothing() const { return smoothing_; }

 private:
  std::vector<Parameter> parameters_;
  double smoothing_ = 0;
};

// forward: f32 images or numbers, or tokens, [N, ...] to logits or values; features: what the last
// layer is given, [N, F].
struct SupervisedNetwork {
  std::function<Tensor(const Tensor& inputs)> forward;
  std::function<Tensor(const Tensor& inputs)> features;
};

// The mean cross-entropy. Logits are [N, classes], or [N, 1]: of class 1 of two.
std::unique_ptr<Task> classification(std::vector<Parameter> parameters, SupervisedNetwork network);

// The mean squared error. Values are [N, 1], the standardised target.
std::unique_ptr<Task> regression(std::vector<Parameter> parameters, SupervisedNetwork network,
                                 Preprocessing preprocessing);

// The mean cross-entropy of each next token of windows i32 [N, length + 1]. Judged by loss (nats a
// token), perplexity, bits a byte of the text, and how often the likeliest token is the right one.
std::unique_ptr<Task> language_model(std::vector<Parameter> parameters, TokenNetwork network);

// Of the same windows' first tokens 15 % are to be guessed: 80 % of these are masked, 10 % become
// any token and 10 % stay (Devlin et al. 2018, section 3.1).
std::unique_ptr<Task> masked_language_model(std::vector<Parameter> parameters,
                                            TokenNetwork network);

// The mean cross-entropy of each token to be written, judged also by how many texts are exact.
std::unique_ptr<Task> sequence_to_sequence(std::vector<Parameter> parameters,
                                           SequenceNetwork network);

// Kingma and Welling 2013. The loss is the negative ELBO: binary cross-entropy summed over an
// image's pixels, plus KL to N(0, I), both averaged over the batch.
struct VaeNetwork {
  struct Terms {
    Tensor bce, kl;
  };
  std::function<Terms(const Tensor& images)> elbo;
  std::function<Tensor(const Tensor& images)> mean;  // of z: [N, latent]
  std::function<Tensor(const Tensor& images)> reconstruct;
  std::function<Tensor(const Tensor& images)> corrupted;  // or nothing: it is given all
  std::function<Tensor(const Tensor& z)> sample;          // z: [N, latent] from N(0, I)
  std::int64_t latent = 0;
};
std::unique_ptr<Task> variational_autoencoder(std::vector<Parameter> parameters,
                                              VaeNetwork network);

// Things in images and where they are; targets are data::Task::boxes. Judged by the mean average
// precision (detections.h).
struct DetectionNetwork {
  struct Terms {
    Tensor loss, objectness, box, label;  // nats an image; what the loss is the sum of
  };
  std::function<Tensor(const Tensor& images)> forward;
  std::function<Terms(const Tensor& said, const Tensor& boxes)> loss;  // said: by forward
  std::function<Tensor(const Tensor& said)> found;  // candidates, as Task::detect has them
  std::size_t classes = 0;
};
std::unique_ptr<Task> detection(std::vector<Parameter> parameters, DetectionNetwork network);

// Goodfellow et al. 2014, with the non-saturating loss of the generator. A step draws images of z,
// has the discriminator tell them from the batch, and then the generator deceive the discriminator
// that this leaves. "loss" is the sum of both losses, nats. Judged on held-out images: both losses,
// how many real and generated ones the discriminator takes for what they are, and the diversity of
// generated images: the mean squared difference of two of them, beside that of two real ones.
struct AdversarialNetwork {
  std::function<Tensor(const Tensor& z)> generate;           // [N, latent] to images in [0, 1]
  std::function<Tensor(const Tensor& images)> discriminate;  // logits [N, 1] of being real
  std::function<Tensor(const Tensor& images)> features;
  std::int64_t latent = 0;  // z is from N(0, I)
};
// The names of the parameters begin with "generator." and "discriminator.".
std::unique_ptr<Task> adversarial(std::vector<Parameter> parameters, AdversarialNetwork network);
// Its step: update(0, the discriminator's loss), then update(1, the generator's).
void record_adversarial_step(const AdversarialNetwork& network, const Tensor& real, const Tensor& z,
                             const Task::Update& update);

}  // namespace lemnos
