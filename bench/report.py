"""Tables in Markdown, and their place in a page."""

import datetime
import os
import platform
import re
import subprocess


def number(value, digits=None):
    if value is None:
        return "–"
    if digits is None:
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def fraction(goal):
    """A goal as people write it: 15, 0.8, 1/3."""
    return f"1/{round(1 / goal)}" if goal < 0.5 else f"{goal:g}"


def verdict(ratio, goal, at_most=False):
    """A ratio, its goal, and whether it is met."""
    if ratio is None:
        return "–"
    text = f"1/{1 / ratio:,.1f}" if at_most and 0 < ratio < 0.5 else number(ratio)
    if goal is None:
        return text
    met = ratio <= goal if at_most else ratio >= goal
    return f"{text} ({'≤' if at_most else '≥'} {fraction(goal)}: {'met' if met else '**missed**'})"


class Table:
    """Prints its rows as they come."""

    def __init__(self, *columns):
        self.lines = []
        self.row(*columns)
        self._add("|" + "|".join(["---"] + ["---:"] * (len(columns) - 1)) + "|")

    def row(self, *cells):
        self._add("| " + " | ".join(map(str, cells)) + " |")

    def _add(self, line):
        self.lines.append(line)
        print(line, flush=True)

    def text(self):
        return "\n".join(self.lines)


def _git(*arguments):
    return subprocess.run(["git", *arguments], capture_output=True, text=True).stdout.strip()


def surroundings(command, contenders):
    """One paragraph: what was measured, when, and on what."""
    try:
        with open("/proc/cpuinfo") as file:
            model = re.search(r"model name\s*: (.*)", file.read())
    except OSError:
        model = None
    changed = " with changes" if _git("status", "--porcelain", "--untracked-files=no") else ""
    return (
        f"`{command}` on {datetime.date.today()}, commit {_git('rev-parse', '--short=12', 'HEAD')}{changed}, "
        f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, "
        f"Linux {platform.release().split('-')[0]}; {', '.join(contenders)}."
    )


def put(page, marker, text):
    """Replaces what stands between <!-- marker --> and <!-- /marker -->."""
    old = page.read_text()
    begin, end = f"<!-- {marker} -->", f"<!-- /{marker} -->"
    if begin not in old or end not in old:
        raise SystemExit(f"{page} has no lines {begin} and {end}")
    head, rest = old.split(begin, 1)
    page.write_text(f"{head}{begin}\n{text.strip()}\n{end}{rest.split(end, 1)[1]}")
