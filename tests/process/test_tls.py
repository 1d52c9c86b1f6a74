"""TLS 1.2 and 1.3, with and without client certificates, to published clients and between nodes."""

import shutil
import signal
import socket
import ssl
import subprocess

import pytest

from agents import AgentError
from nodes import Slimd, server_entry, simple_config


def tls_server(certificate, key, client_ca=None, version=None):
    ca = f"            client_ca: {{type: file, path: {client_ca}}}\n" if client_ca else ""
    pin = f"            tls_version: {version}\n" if version else ""
    return (
        f"          tls:\n            source: {{type: file, cert: {certificate}, key: {key}}}\n{ca}{pin}"
    )


def node_with(entry):
    return simple_config().split("      servers:")[0] + "      servers:\n" + server_entry("127.0.0.1:0", entry)


@pytest.fixture(scope="module")
def server_files(authority):
    return authority.issue("server")


@pytest.fixture(scope="module")
def client_files(authority):
    return authority.issue("client")


def client_config(port, ca, certificate=None, key=None, version="tls1.3"):
    """What the published client takes as JSON."""
    source = {"type": "file", "cert": str(certificate), "key": str(key)} if certificate else {"type": "none"}
    return {
        "endpoint": f"https://127.0.0.1:{port}",
        "tls": {
            "insecure": False, "insecure_skip_verify": False, "tls_version": version, "source": source,
            "ca_source": {"type": "file", "path": str(ca)},
        },
    }


def ask(client, config):
    alice = client("org/ns/alice", config=config)
    bob = client("org/ns/bob", config=config)
    alice("echo")
    bob("route", name="org/ns/alice")
    session = bob("open", kind="POINT_TO_POINT", to="org/ns/alice", mls=True)["session"]
    assert bob("ask", session=session, count=20) == 20
    assert bob("ask", session=session, count=2, size=300_000) == 2


@pytest.mark.parametrize("version", ["tls1.2", "tls1.3"])
def test_a_published_client_over_tls(slimd, client, authority, server_files, version):
    node = slimd(text=node_with(tls_server(*server_files, version=version)))
    ask(client, client_config(node.port, authority.root, version=version))


def test_a_published_client_with_a_certificate(slimd, client, authority, server_files, client_files):
    node = slimd(text=node_with(tls_server(*server_files, client_ca=authority.root)))
    ask(client, client_config(node.port, authority.root, *client_files))


def test_without_a_certificate_that_is_wanted_nobody_comes_in(slimd, client, authority, server_files):
    node = slimd(text=node_with(tls_server(*server_files, client_ca=authority.root)))
    with pytest.raises(AgentError):
        client("org/ns/alice", config=client_config(node.port, authority.root))
    assert node.log.wait_for("tls handshake failed")
    node.wait_closed("tls_failed", 1)


def test_the_certificate_of_another_authority_is_refused(slimd, client, authority, server_files, tmp_path):
    from certificates import Authority

    stranger = Authority(tmp_path, "stranger")
    node = slimd(text=node_with(tls_server(*server_files, client_ca=authority.root)))
    with pytest.raises(AgentError):
        client("org/ns/alice", config=client_config(node.port, authority.root, *stranger.issue("client")))


def test_plain_text_and_old_versions_are_refused(slimd, server_files):
    node = slimd(text=node_with(tls_server(*server_files, version="tls1.3")))
    with socket.create_connection(("127.0.0.1", node.port), 5) as plain:
        plain.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        while plain.recv(1000):
            pass
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", node.port), 5) as old, pytest.raises(ssl.SSLError):
        context.wrap_socket(old)
    node.wait_closed("tls_failed", 2)


def test_http2_is_selected_and_offers_without_it_are_taken(slimd, server_files):
    """Published clients offer h2; public nodes select nothing, so a missing choice must not matter."""
    node = slimd(text=node_with(tls_server(*server_files)))
    for offered, chosen in (["h2"], "h2"), (["http/1.1", "h2"], "h2"), (None, None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if offered:
            context.set_alpn_protocols(offered)
        with socket.create_connection(("127.0.0.1", node.port), 5) as plain, context.wrap_socket(plain) as tls:
            assert tls.selected_alpn_protocol() == chosen
            tls.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
            assert tls.recv(9)[3] == 4


def test_nodes_reach_each_other_over_mutual_tls(slimd, client, authority, server_files, client_files):
    far = slimd(
        text=node_with(
            tls_server(*server_files, client_ca=authority.root) + server_entry("127.0.0.1:0")
        ).replace("node-under-test", "far")
    )
    dial = (
        f"      clients:\n        - endpoint: \"https://127.0.0.1:{far.ports[0]}\"\n"
        f"          connection_type: peer\n          tls:\n"
        f"            source: {{type: file, cert: {client_files[0]}, key: {client_files[1]}}}\n"
        f"            ca_source: {{type: file, path: {authority.root}}}\n"
    )
    near = slimd(server=dial)
    near.log.wait_for("client connected")
    alice = client("org/ns/alice", f"http://127.0.0.1:{far.ports[1]}")
    bob = client("org/ns/bob", near.endpoint)
    alice("echo")
    bob("route", name="org/ns/alice")
    session = bob("open", kind="POINT_TO_POINT", to="org/ns/alice", mls=True)["session"]
    assert bob("ask", session=session, count=20) == 20


@pytest.mark.parametrize("trouble", ["name", "authority"])
def test_a_neighbour_that_cannot_prove_its_name_is_not_used(slimd, authority, tmp_path, trouble):
    from certificates import Authority

    signer = authority if trouble == "name" else Authority(tmp_path, "stranger")
    files = signer.issue(f"elsewhere-{trouble}", "DNS:elsewhere" if trouble == "name" else "IP:127.0.0.1")
    far = slimd(text=node_with(tls_server(*files)))
    near = slimd(
        server=f"      clients:\n        - endpoint: \"https://127.0.0.1:{far.port}\"\n"
        f"          tls: {{ca_source: {{type: file, path: {authority.root}}}}}\n"
        "          backoff: {type: fixed_interval, interval: 100ms}\n"
    )
    near.log.wait_for("transient connect error, retrying", 2)
    assert not near.log.find("client connected")


def test_new_certificates_are_taken_at_a_hangup(slimd, authority, tmp_path):
    certificate, key = (tmp_path / "server.crt", tmp_path / "server.key")

    def install(name):
        for source, target in zip(authority.issue(name), (certificate, key)):
            shutil.copy(source, target)

    def subject(port):
        pem = ssl.get_server_certificate(("127.0.0.1", port))
        return subprocess.run(
            ["openssl", "x509", "-noout", "-subject"], input=pem, capture_output=True, text=True, check=True
        ).stdout

    install("first")
    node = slimd(text=node_with(tls_server(certificate, key)))
    assert "first" in subject(node.port)
    install("second")
    node.signal(signal.SIGHUP)
    node.log.wait_for("certificates reloaded")
    assert "second" in subject(node.port)
    certificate.write_text("nonsense")
    node.signal(signal.SIGHUP)
    node.log.wait_for("certificates were not reloaded")
    assert "second" in subject(node.port)
