"""Proxies as the examples set them up, on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from certificates import self_signed
from serve_process import PATIENCE_SECONDS, free_port

DEPLOY = Path(__file__).parents[2] / "examples" / "deploy"
NAME = "hours.example"
HOST = "127.0.0.2"
"""Stands for the public name: of this machine, but none of the names that are always allowed."""

NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site;
}}
"""
CADDY = """{{
	admin off
	auto_https disable_redirects
	skip_install_trust
}}
{site}"""


def program(name: str) -> str | None:
    """Return where a program is; some systems keep those of servers apart."""
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


@contextmanager
def proxy(kind: str, folder: Path, behind: int) -> Generator[tuple[str, Path]]:
    """Run a proxy before a port; yields its address and the certificate to trust."""
    folder.mkdir()
    port, certificate = free_port(HOST), self_signed(folder, HOST)
    site = (_nginx if kind == "nginx" else _caddy)(port, behind, certificate)
    found = program(kind)
    assert found is not None
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([found, *_arguments(kind, folder, site)], stdout=log, stderr=log)
    try:
        _wait_for(port, process, folder / "log")
        yield f"https://{HOST}:{port}", certificate
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _nginx(port: int, behind: int, certificate: Path) -> str:
    site = _read("nginx.conf", behind, **{"listen 443": f"listen {HOST}:{port}"})
    for name in ("fullchain.pem", "privkey.pem"):
        site = _replaced(site, f"/etc/letsencrypt/live/{HOST}/{name}", str(certificate))
    return site


def _caddy(port: int, behind: int, certificate: Path) -> str:
    opening = f"\n{NAME} {{\n"
    opened = f"\nhttps://{NAME}:{port} {{\n\tbind {HOST}\n\ttls {certificate} {certificate}\n"
    return CADDY.format(site=_read("Caddyfile", behind, **{opening: opened}))


def _read(name: str, behind: int, **replaced: str) -> str:
    """Return an example's text with what is of this machine in it, and nothing else changed."""
    text = _replaced((DEPLOY / name).read_text("utf-8"), "127.0.0.1:8484", f"127.0.0.1:{behind}")
    for old, new in replaced.items():
        text = _replaced(text, old, new)
    return _replaced(text, NAME, HOST)


def _replaced(text: str, old: str, new: str) -> str:
    assert old in text, old
    return text.replace(old, new)


def _arguments(kind: str, folder: Path, site: str) -> list[str]:
    (folder / "site").write_text(site, "utf-8")
    if kind == "caddy":
        return ["run", "--adapter", "caddyfile", "--config", str(folder / "site")]
    # Root's workers would become somebody who may not look into the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(user + NGINX.format(folder=folder), "utf-8")
    return ["-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "log")]


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            socket.create_connection((HOST, port)).close()
            return
        except ConnectionRefusedError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < ends_at, "it does not listen"
            time.sleep(0.05)
