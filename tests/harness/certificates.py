"""Certificates for one test run, made with openssl."""

import pathlib
import subprocess


class Authority:
    """A root and what it signs, as files in a folder."""

    def __init__(self, folder, name="ca"):
        self.folder = pathlib.Path(folder)
        self.root = self.folder / f"{name}.crt"
        self._key(name)
        self._run(
            "req", "-x509", "-new", "-key", self.folder / f"{name}.key", "-subj", f"/CN={name}",
            "-days", "2", "-out", self.root,
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign",
        )
        self.name = name

    def issue(self, name, alt="DNS:localhost,IP:127.0.0.1,IP:::1"):
        """(certificate, key) of a peer that may be server and client."""
        self._key(name)
        request, out = self.folder / f"{name}.csr", self.folder / f"{name}.crt"
        self._run("req", "-new", "-key", self.folder / f"{name}.key", "-subj", f"/CN={name}", "-out", request)
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alt}\nextendedKeyUsage=serverAuth,clientAuth\n")
        self._run(
            "x509", "-req", "-in", request, "-CA", self.root, "-CAkey", self.folder / f"{self.name}.key",
            "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", out,
        )
        return out, self.folder / f"{name}.key"

    def _key(self, name):
        self._run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                  "-out", self.folder / f"{name}.key")

    @staticmethod
    def _run(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
