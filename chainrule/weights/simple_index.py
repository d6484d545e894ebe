"""Where a file of a package lies, by the simple API of package indexes.

An index has a page for each project, as HTML or JSON, with a link to each file; a folder of pages
or of files is one too. Source: PEP 503, PEP 691.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit
from urllib.request import url2pathname

from ..data.fetching.http import MirrorFailed, fetch_page, without_credentials
from .pip_configuration import Configuration

ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5, */*;q=0.1"
LARGEST = 1 << 26
"""Bytes of a page."""


def find(project: str, file: str, pip: Configuration) -> tuple[list[str], list[Path], list[str]]:
    """(addresses, paths, reasons): where ``file`` of ``project`` can be had in the places that pip
    is configured for, in their order, and why not in the others."""
    addresses, paths, reasons = [], [], []
    for place in [*pip.links, *(f"{index}/{project}/" for index in pip.indexes)]:
        try:
            found = _in(place, file, pip)
        except (MirrorFailed, ValueError) as error:  # ValueError: an address that is none
            reasons.append(f"{without_credentials(place)}: {error}")
            continue
        if isinstance(found, Path):
            paths.append(found)
        elif found is not None:
            addresses.append(found)
        else:
            reasons.append(f"{without_credentials(place)}: no {file}")
    return addresses, paths, reasons


def _in(place: str, file: str, pip: Configuration) -> str | Path | None:
    if place.startswith(("http://", "https://")):
        url, content = fetch_page(
            place, LARGEST, {"headers": {"Accept": ACCEPT}, **pip.request(place)}
        )
        return _linked(content, url, file)
    if "://" in place and not place.startswith("file:"):
        raise MirrorFailed("expected an address of http://, https:// or file://")
    path = Path(local_path(place) if place.startswith("file:") else os.path.expanduser(place))
    if (path / file).is_file():
        return path / file
    page = path / "index.html" if path.is_dir() else path
    try:
        content = page.read_bytes()
    except OSError as error:
        if path.is_dir():
            return None
        raise MirrorFailed(error.strerror or str(error)) from None
    found = _linked(content, page.absolute().as_uri(), file)
    return Path(local_path(found)) if found and found.startswith("file:") else found


def local_path(address: str) -> str:
    """The path of a file: address."""
    return url2pathname(urlsplit(address).path)


def _linked(content: bytes, base: str, file: str) -> str | None:
    """The address of ``file`` on a page, without what follows # in it; None if it is not there.

    Links to local files count on local pages alone. Credentials hold for all of their host.
    """
    for link in _links(content.decode("utf-8", "replace")):
        try:
            parts = urlsplit(urljoin(base, link))
        except ValueError:
            continue
        if unquote(parts.path).rpartition("/")[2] != file:
            continue
        home = urlsplit(base)
        if parts.scheme not in ("http", "https") and parts.scheme != home.scheme:
            continue
        host, given = parts.netloc, home.netloc
        if "@" in given and "@" not in host and given.rpartition("@")[2] == host:
            parts = parts._replace(netloc=given)
        return urlunsplit(parts._replace(fragment=""))
    return None


def _links(page: str) -> Iterator[str]:
    if page.lstrip().startswith("{"):
        try:
            files = json.loads(page).get("files", [])
        except (ValueError, RecursionError):
            return
        for each in files if isinstance(files, list) else []:
            if isinstance(each, dict) and isinstance(each.get("url"), str):
                yield each["url"]
        return
    reader = _Anchors()
    reader.feed(page)
    yield from (_joined(reader.base, link) for link in reader.links)


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:
        return ""


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.base, self.links = "", list[str]()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        href = dict(attributes).get("href")
        if href and tag == "a":
            self.links.append(href)
        elif href and tag == "base":
            self.base = href
