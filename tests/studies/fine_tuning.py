#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does pre-training help? bert and gpt, fine-tuned with few labels, beside training from scratch.

    fine_tuning.py LEMNOS [--out RESULTS.json] [--work FOLDER] [--models bert gpt] [--seeds 3] ...

Pre-trains each model on sections of Debian's `fortunes` without their labels, then fine-tunes it to
tell four other sections apart, with 8, 32 and all labelled examples of each class:
  scratch  the same model from random weights, all of it trained; its tokens are the pre-trained
           model's, so that only the weights differ
  full     from the pre-trained weights, all trained
  frozen   from the pre-trained weights, only the new head is trained
  lora     from the pre-trained weights, which stay; the head and rank-4 changes are trained
Each with seeds 0, 1, ..., which choose the examples, the head and the order. Prints accuracy on the
held-out texts as a table, mean (lowest to highest).
"""
import argparse
import json
import pathlib
import shutil
import statistics
import subprocess

SECTIONS = pathlib.Path("/usr/share/games/fortunes")
CLASSES = ["computers", "food", "science", "songs-poems"]
UNLABELLED = sorted(section.name for section in SECTIONS.iterdir()
                    if not section.suffix and section.name not in CLASSES)
FORMS = ["scratch", "full", "frozen", "lora"]
EXAMPLES = [8, 32, 0]  # 0: all


def copy_sections(names, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copyfile(SECTIONS / name, folder / name)
    return folder


class Study:
    def __init__(self, arguments):
        self.asked = arguments
        self.work = pathlib.Path(arguments.work)
        self.unlabelled = copy_sections(UNLABELLED, self.work / "unlabelled")
        self.labelled = copy_sections(CLASSES, self.work / "labelled")

    def train(self, name, *flags):
        """The test metrics of a new run in the folder `name`; those it had, where it is there."""
        run = self.work / name
        result = run / "result.json"
        if result.exists():
            return json.loads(result.read_text())
        shutil.rmtree(run, ignore_errors=True)
        command = [self.asked.lemnos, "train", *map(str, flags),
                   "--out", str(run), "--quiet", "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        test = json.loads(done.stdout.splitlines()[-1])["test"]
        result.write_text(json.dumps(test))
        return test

    def pretrain(self, model, name, *flags):
        a = self.asked
        return self.train(name, model, "--data", self.unlabelled, "--tokens", "bpe", "--vocabulary",
                          a.vocabulary, "--length", a.length, "--width", a.width, "--layers",
                          a.layers, "--dropout", a.dropout, *flags)

    def fine_tune(self, model, form, examples, seed):
        a = self.asked
        init = f"{model}-random-{seed}" if form == "scratch" else f"{model}-pretrained"
        steps = {8: a.steps_8, 32: a.steps_32}.get(examples, a.steps_all)
        flags = ["--data", self.labelled, "--head", "classes", "--init", self.work / init,
                 "--width", a.width, "--layers", a.layers, "--dropout", a.dropout,
                 "--steps", steps, "--seed", seed,
                 "--lr", a.lr_head if form in ("frozen", "lora") else a.lr]
        if examples:
            flags += ["--examples-per-class", examples]
        if form == "frozen":
            flags += ["--freeze", "tokens,places,transformer"]
        if form == "lora":
            flags += ["--lora-rank", 4]
        return self.train(f"{model}-{form}-{examples or 'all'}-{seed}", model, *flags)["accuracy"]

    def run(self, model):
        a = self.asked
        pretrained = self.pretrain(model, f"{model}-pretrained", "--steps", a.pretrain_steps)
        print(f"{model}, pre-trained: {pretrained}", flush=True)
        for seed in range(a.seeds):  # random weights, and the same tokens
            self.pretrain(model, f"{model}-random-{seed}", "--steps", 1, "--lr", 1e-12,
                          "--seed", seed)
        scores = {form: {str(n or "all"): [self.fine_tune(model, form, n, seed)
                                           for seed in range(a.seeds)] for n in EXAMPLES}
                  for form in FORMS}
        return {"pretrained": pretrained, "accuracy": scores}


def print_table(results):
    for model, result in results.items():
        print(f"| {model} | 8 a class | 32 a class | all |\n| --- | --- | --- | --- |")
        for form, by_count in result["accuracy"].items():
            cells = [f"{100 * statistics.mean(s):.1f} ({100 * min(s):.1f} to {100 * max(s):.1f})"
                     for s in by_count.values()]
            print(f"| {form} | {' | '.join(cells)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lemnos")
    parser.add_argument("--work", default="fine-tuning")
    parser.add_argument("--out", default="fine_tuning.json")
    parser.add_argument("--models", nargs="+", default=["bert", "gpt"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--vocabulary", type=int, default=2000)
    parser.add_argument("--length", type=int, default=64)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--pretrain-steps", type=int, default=6000)
    parser.add_argument("--steps-8", type=int, default=100)
    parser.add_argument("--steps-32", type=int, default=150)
    parser.add_argument("--steps-all", type=int, default=400)
    parser.add_argument("--lr", type=float, default=5e-4)
    parser.add_argument("--lr-head", type=float, default=3e-3)
    arguments = parser.parse_args()
    study = Study(arguments)
    results = {model: study.run(model) for model in arguments.models}
    print_table(results)
    settings = {k: v for k, v in vars(arguments).items() if k not in ("lemnos", "work", "out")}
    pathlib.Path(arguments.out).write_text(json.dumps({"settings": settings, **results}, indent=1))


if __name__ == "__main__":
    main()
