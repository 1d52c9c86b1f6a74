"""A node's admin listener, asked over HTTP."""

import http.client
import json
import re
import socket
import time


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = {k.lower(): v for k, v in response.getheaders()}
        self.text = body.decode()

    def json(self):
        return json.loads(self.text)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Metrics:
    """A scraped page: samples by name and labels."""

    def __init__(self, text):
        self.text = text
        self.types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
        self.helps = dict(re.findall(r"^# HELP (\S+) (.+)$", text, re.M))
        self.samples = []
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()
            self.samples.append((name, dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or "")), float(value)))

    def names(self):
        return {name for name, _, _ in self.samples}

    def sum(self, metric, **labels):
        """Over all samples that have these labels; there has to be one."""
        values = [v for n, l, v in self.samples if n == metric and labels.items() <= l.items()]
        assert values, f"{metric}{labels} is not on the page"
        return sum(values)


class Admin:
    def __init__(self, port=None, host="127.0.0.1", path=None):
        self.port, self.host, self.unix_path = port, host, path

    def get(self, path, method="GET", headers=None, body=None):
        """One request on a connection of its own."""
        connection = (
            UnixConnection(self.unix_path) if self.unix_path
            else http.client.HTTPConnection(self.host, self.port, timeout=10)
        )
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def json(self, path):
        answer = self.get(path)
        assert answer.status == 200, answer.text
        return answer.json()

    def metrics(self):
        return Metrics(self.get("/metrics").text)

    def until(self, condition, seconds=10):
        """A page that meets the condition: counting and reading are not one moment."""
        end = time.monotonic() + seconds
        while not condition(page := self.metrics()):
            assert time.monotonic() < end, page.text
            time.sleep(0.05)
        return page
