#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The desktop app as a person uses it: a real window on a display of its own, keys and a mouse.

desktop.py LEMNOS_VIEWER: starts the demo, pauses, steps, edits the learning rate, zooms the loss,
moves through the latent space, takes a panel and a report away, resizes the window, closes it while
it trains, and resumes. What is asserted is what the program says it shows (--state), the pixels on
the display, and the folder of the run.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
PATIENCE = 60  # seconds, for what takes one on a busy machine


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def wait_for(what, condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


class Display:
    """Xvfb and a window manager, on a number that is free."""

    def __init__(self, folder):
        read, write = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp",
             "-noreset"],
            pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as pipe:
            self.name = ":" + pipe.readline().strip()
        self.env = os.environ | {"DISPLAY": self.name, "HOME": str(folder),
                                 "XDG_CONFIG_HOME": str(folder), "LEMNOS_DOCTOR": "off"}
        self.env.pop("WAYLAND_DISPLAY", None)
        self.manager = subprocess.Popen(["openbox"], env=self.env, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        wait_for("a window manager", lambda: subprocess.run(
            ["xdotool", "get_num_desktops"], env=self.env, capture_output=True).returncode == 0)

    def tool(self, *arguments):
        return subprocess.run(["xdotool", *map(str, arguments)], env=self.env, check=True,
                              capture_output=True, text=True).stdout

    def close(self):
        for process in (self.manager, self.server):
            process.terminate()
            process.wait()


class Viewer:
    def __init__(self, display, binary, folder, *arguments):
        self.display, self.folder = display, folder
        self.state_file = folder / "state.json"
        self.state_file.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [binary, "--state", self.state_file, "--size", "1280", "800", "--scale", "1",
             *map(str, arguments)], env=display.env, cwd=folder)
        self.window = wait_for("a window", self.find_window)
        self.display.tool("windowactivate", "--sync", self.window)
        self.display.tool("windowfocus", "--sync", self.window)

    def find_window(self):
        assert self.process.poll() is None, f"it ended with code {self.process.returncode}"
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "^Lemnos"],
                               env=self.display.env, capture_output=True, text=True).stdout.split()
        return found[-1] if found else None

    def state(self):
        try:
            return json.loads(self.state_file.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}

    def run(self, key):
        return self.state().get("run", {}).get(key)

    def becomes(self, key, value, seconds=PATIENCE):
        return wait_for(f"run/{key} {value}, not {self.run(key)}",
                        lambda: self.run(key) == value, seconds)

    def card(self, title):
        return wait_for(f"the card {title}", lambda: self.state().get("cards", {}).get(title))

    def key(self, name):
        self.display.tool("key", "--clearmodifiers", name)

    def move(self, x, y):
        self.display.tool("mousemove", "--window", self.window, round(x), round(y))

    def click(self, x, y, times=1):
        self.move(x, y)
        time.sleep(0.3)  # a frame, to be hovered in
        for _ in range(times):
            self.display.tool("mousedown", 1)
            time.sleep(0.3)
            self.display.tool("mouseup", 1)
            time.sleep(0.3)

    def drag(self, start, end):
        self.move(*start)
        time.sleep(0.4)
        self.display.tool("mousedown", 1)
        time.sleep(0.4)
        for part in (0.3, 0.7, 1):
            self.move(*(a + (b - a) * part for a, b in zip(start, end)))
            time.sleep(0.4)
        self.display.tool("mouseup", 1)
        time.sleep(0.4)

    def pixels(self, rectangle):
        """The colours within a card, as the display has them."""
        left, top, width, height = map(int, rectangle)
        shot = self.folder / "shot.xwd"
        subprocess.run(["xwd", "-silent", "-id", self.window, "-out", shot], check=True,
                       env=self.display.env)
        header = shot.read_bytes()
        size, colors = (int.from_bytes(header[at:at + 4], "big") for at in (0, 76))
        line, bits = (int.from_bytes(header[at:at + 4], "big") for at in (48, 44))
        start, step = size + 12 * colors, bits // 8
        rows = []
        for y in range(top, top + height):
            begin = start + y * line + left * step
            rows.append(header[begin:begin + width * step])
        return b"".join(rows)

    def close(self):
        for _ in range(PATIENCE // 5):  # a window may get the focus late
            subprocess.run(["xdotool", "windowactivate", "--sync", self.window, "key",
                            "--clearmodifiers", "alt+F4"], env=self.display.env,
                           capture_output=True)
            try:
                assert self.process.wait(timeout=5) == 0, "it did not end well"
                return
            except subprocess.TimeoutExpired:
                pass
        raise AssertionError("it does not close")


def events(run):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [line for line in map(json.loads, lines) if line["kind"] == "event"]


def steers(viewer):
    viewer.becomes("state", "running", 120)
    wait_for("a step", lambda: (viewer.run("step") or 0) >= 1, 120)
    if viewer.run("ms_per_step") > 5000:  # SwiftShader: the story has some hundred steps
        skip(f"a step takes {viewer.run('ms_per_step') / 1000:.0f} s on {viewer.run('device')}")
    wait_for("some steps", lambda: viewer.run("step") >= 3)
    viewer.key("space")
    viewer.becomes("state", "paused")
    step = viewer.run("step")
    time.sleep(1.5)
    assert viewer.run("step") == step, "a paused run goes on"
    viewer.key("n")
    viewer.becomes("step", step + 1)
    viewer.becomes("state", "paused")
    rate = viewer.run("learning_rate")
    viewer.key("ctrl+comma")
    wait_for("half the learning rate",
             lambda: abs(viewer.run("learning_rate") / rate - 0.5) < 1e-6)
    viewer.key("ctrl+k")
    wait_for("a checkpoint", lambda: any(
        event["event"] == "checkpoint" and event["step"] == step + 1
        for event in viewer.run("events")))


def zooms(viewer):
    card = viewer.card("Loss and metrics")
    left, top, width, height = card["rectangle"]
    picture = viewer.pixels(card["rectangle"])
    viewer.drag((left + width * 0.45, top + height * 0.5), (left + width * 0.8, top + height * 0.8))
    wait_for("another look of the loss", lambda: viewer.pixels(card["rectangle"]) != picture)


def explores(viewer):
    viewer.key("bracketright")  # Curves
    viewer.key("bracketright")  # Samples
    viewer.card("Samples")
    viewer.key("bracketright")
    card = viewer.card("Latent space")
    wait_for("codes", lambda: len(json.dumps(viewer.card("Latent space")["shows"])) > 2000)
    left, top, width, height = card["rectangle"]
    shows = viewer.card("Latent space")["shows"]
    time.sleep(1)
    picture = viewer.pixels(card["rectangle"])
    viewer.drag((left + width * 0.25, top + height * 0.5),
                (left + width * 0.4, top + height * 0.35))
    wait_for("another point", lambda: viewer.card("Latent space")["shows"] != shows)
    wait_for("another image", lambda: viewer.pixels(card["rectangle"]) != picture)


def takes_away(viewer, run):
    card = viewer.card("Latent space")
    left, top, *_ = card["rectangle"]
    viewer.click(left + 60, top + 20)
    viewer.key("ctrl+s")
    png = wait_for("a picture of the panel", lambda: list((run / "exports").glob("*.png")))
    assert png[0].read_bytes().startswith(b"\x89PNG")
    viewer.key("ctrl+r")  # made by a program of its own
    page = wait_for("a report", lambda: list((run / "exports").glob("report-*.png")))[0]
    wait_for("all of the report", lambda: page.read_bytes().endswith(b"IEND\xaeB`\x82"))


def looks_inside(viewer):
    viewer.key("2")
    wait_for("the tab Inside", lambda: viewer.state().get("tab") == "Inside")
    viewer.card("Layers")
    viewer.key("3")
    viewer.card("Device")
    viewer.key("ctrl+l")
    viewer.key("1")
    wait_for("the tab Run", lambda: viewer.state().get("tab") == "Run")


def resizes_while_it_trains(viewer):
    viewer.key("space")
    viewer.becomes("state", "running")
    for i in range(50):
        viewer.display.tool("windowsize", viewer.window, 900 + 13 * (i % 40), 600 + 7 * (i % 45))
    viewer.display.tool("windowminimize", viewer.window)
    time.sleep(0.5)
    viewer.display.tool("windowactivate", "--sync", viewer.window)
    step = viewer.run("step")
    wait_for("steps after all that", lambda: viewer.run("step") > step)


def main():
    for program in ("Xvfb", "openbox", "xdotool", "xwd"):
        if not shutil.which(program):
            skip(f"{program} is not installed")
    binary = sys.argv[1]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        display = Display(folder)
        viewer = None
        try:
            run = folder / "runs" / "demo"
            viewer = Viewer(display, binary, folder, "--demo", "--out", run)
            for act in (steers, zooms, explores):
                act(viewer)
                print(f"{act.__name__}: {time.monotonic() - began:.0f} s")
            takes_away(viewer, run)
            looks_inside(viewer)
            resizes_while_it_trains(viewer)
            print(f"resizes_while_it_trains: {time.monotonic() - began:.0f} s")
            viewer.close()
            edits = [event for event in events(run) if event["event"] == "edit"]
            assert len(edits) == 1 and "learning_rate" in edits[0]["detail"], edits

            viewer = Viewer(display, binary, folder, "--resume", run)
            viewer.becomes("state", "running", 120)
            viewer.close()
            assert any(event["event"] == "resume" for event in events(run))
        except AssertionError:
            if viewer:
                print(json.dumps(viewer.state().get("run"), indent=1))
            raise
        finally:
            if viewer and viewer.process.poll() is None:
                viewer.process.kill()
            display.close()
    print(f"desktop: all of it in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
