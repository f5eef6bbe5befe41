// SPDX-License-Identifier: Apache-2.0
// Wrong usage: exit code 2 and a message that names the culprit. Needs no device, no data.
#include <vector>

#include "tests/cli/binary.h"

using namespace lemnos::test;

namespace {

struct Wrong {
  const char* arguments;
  std::vector<const char*> named;
};

void check_usage(const std::vector<Wrong>& cases) {
  const Workplace place;
  for (const Wrong& wrong : cases) {
    const Output output = place.lemnos(wrong.arguments);
    CAPTURE(std::string(wrong.arguments));
    CAPTURE(output.err);
    CHECK(output.code == 2);
    CHECK(output.err.starts_with("lemnos: "));
    CHECK(output.out.empty());
    for (const char* part : wrong.named) CHECK(output.says(part));
  }
}

}  // namespace

TEST_CASE("cli: an unknown command, model or flag is named beside those that are known") {
  check_usage({{"trane", {"'trane'", "train", "eval"}},
               {"train resnet9000", {"'resnet9000'", "conv_vae", "mlp"}},
               {"train mlp --learning-rate 1", {"--learning-rate", "--lr", "--hidden"}},
               {"train conv_vae --hiden 3", {"--hiden", "--latent"}},
               {"train mlp blobs", {"'blobs'"}},
               {"eval some-run --verbose", {"--verbose", "--split"}},
               {"info --all", {"--all", "--json"}},
               {"run some-run --promt hello", {"--promt", "--predict"}},
               {"run some-run --prompt a --tokens 0", {"--tokens", "not 0"}},
               {"run some-run --sample 1 --tokens 5", {"--tokens", "--prompt"}},
               {"run some-run --sample 1 --png x.png --top-k 3", {"--top-k", "--prompt"}},
               {"run some-run --predict x.png --seed 1", {"--seed", "--sample"}},
               {"run some-run --prompt a --temperature -1", {"--temperature", "-1"}},
               {"run some-run --prompt a --top-k -2", {"--top-k", "-2"}},
               {"run some-run --prompt a --top-p 1.5", {"--top-p", "1.5"}},
               {"train gpt --tokens letters", {"letters", "bytes", "bpe"}},
               {"train gpt --length 0", {"--length", "0"}},
               {"train gpt --vocabulary 3", {"--vocabulary", "3"}},
               {"train gpt --features tfidf", {"tfidf", "gpt"}},
               {"train mlp --features words", {"--features", "words"}},
               {"train lstm_classifier --cell brain", {"--cell", "brain"}},
               {"train seq2seq --cell brain", {"--cell", "brain"}},
               {"train resnet --depth 20", {"--depth", "18, 34 or 50"}},
               {"train resnet --filters 4611686018427387904", {"--filters", "1 to 65536"}},
               {"train cnn --kernel 4", {"--kernel", "odd"}},
               {"train cnn --convolutions 8,8,8,8,8", {"--convolutions", "halved 5 times"}},
               {"train gpt --head tail", {"--head", "tail"}},
               {"train bert --lora-rank 2", {"--lora-rank", "--init"}},
               {"train mlp --data blobs --tokens words", {"--tokens", "mlp"}},
               {"train mlp --data blobs --length 9", {"--length", "mlp"}},
               {"train bert --head classes --freeze nothing", {"--freeze", "nothing"}},
               {"train lstm_classifier --examples-per-class 0", {"--examples-per-class", "0"}}});
}

TEST_CASE("cli: a flag without a value, or with a value of the wrong type, is named") {
  check_usage({{"train mlp --lr", {"--lr"}},
               {"train mlp --lr fast", {"--lr", "fast"}},
               {"train mlp --batch 1.5", {"--batch", "1.5"}},
               {"train mlp --epochs many", {"--epochs", "many"}},
               {"train mlp --data blobs --hidden 8,x", {"hidden", "\"x\""}},
               {"train mlp --data blobs --dropout much", {"dropout", "much"}},
               {"train mlp --data blobs --scaling unit", {"--scaling", "'unit'", "minmax"}},
               {"train mlp --data blobs --missing zero", {"--missing", "'zero'", "median"}},
               {"train mlp --outliers cut", {"--outliers", "'cut'", "clip"}},
               {"train mlp --outlier-rule z", {"--outlier-rule", "'z'", "iqr"}},
               {"train mlp --trace loud", {"--trace", "loud"}}});
}

TEST_CASE("cli: a number out of range is named with its flag and its value") {
  check_usage({{"train mlp --lr -1", {"--lr", "-1"}},
               {"train mlp --lr 0", {"--lr", "0"}},
               {"train mlp --lr nan", {"--lr", "nan"}},
               {"train mlp --batch 0", {"--batch", "0"}},
               {"train mlp --epochs 0", {"--epochs", "0"}},
               {"train mlp --epochs -3", {"--epochs", "-3"}},
               {"train mlp --steps 0", {"--steps", "0"}},
               {"train mlp --seed -1", {"--seed", "-1"}},
               {"train mlp --folds 1 --fold 0", {"--folds", "at least 2", "1"}},
               {"train mlp --folds 3", {"--fold 0 to 2"}},
               {"train mlp --fold 3", {"--fold 3", "--folds"}},
               {"train mlp --folds 3 --fold 3", {"--fold", "0 to 2", "not 3"}},
               {"train mlp --data-seed -1", {"--data-seed", "-1"}},
               {"train mlp --data-memory -1", {"--data-memory", "-1"}},
               {"train mlp --keep -1", {"--keep", "-1"}},
               {"train mlp --checkpoint-every 0", {"--checkpoint-every", "0"}},
               {"train mlp --clip-norm -2", {"--clip-norm", "-2"}},
               {"train mlp --clip-norm 0", {"--clip-norm", "0"}},
               {"train mlp --optimizer adamax", {"adamax", "adamw", "nesterov"}},
               {"train mlp --precision f64", {"f64", "f32, f16, bf16"}},
               {"train mlp --loss-scale 8", {"--precision f16"}},
               {"train mlp --precision f16 --loss-scale 0", {"--loss-scale", "2^-24"}},
               {"train mlp --optimizer sgd --beta1 0.5", {"--beta1", "adam", "sgd"}},
               {"train mlp --beta1 1", {"--beta1", "less than 1"}}});
}

TEST_CASE("cli: what a command needs is asked for") {
  check_usage({{"train", {"which model", "conv_vae"}},
               {"eval", {"RUN"}},
               {"run some-run", {"--sample", "--reconstruct", "--predict"}},
               {"run some-run --sample 4 --predict x.png", {"one of"}},
               {"run some-run --merge x --predict x.png", {"one of", "--merge"}},
               {"run some-run --sample 4", {"--sample", "--png", "--out"}},
               {"run some-run --sample 4 --out .", {"--out", "overwritten"}},
               {"run some-run --reconstruct 4 --out new", {"--reconstruct", "--png"}},
               {"run some-run --sample 0 --png x.png", {"--sample", "0"}},
               {"run some-run --reconstruct -1 --png x.png", {"--reconstruct", "-1"}},
               {"eval some-run --split dev", {"--split", "'dev'"}}});
}

TEST_CASE("cli: --help and --version exit 0, and a model's help shows its own settings") {
  const Workplace place;
  CHECK(place.lemnos("").code == 0);
  const Output version = place.lemnos("--version");
  CHECK(version.code == 0);
  CHECK(!version.out.empty());
  const Output help = place.lemnos("train conv_vae --help");
  CHECK(help.code == 0);
  for (const char* flag : {"--latent", "--filters", "--epochs", "--resume", "--clip-norm"})
    CHECK_MESSAGE(help.out.find(flag) != std::string::npos, flag);
  CHECK(place.lemnos("train mlp --help").out.find("--latent") == std::string::npos);
}
