import base64
import hashlib
import re
import resource
import smtplib
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from dev.mailbox.__main__ import serving
from dev.mailbox.store import MailStore
from dev.ports import free_ports


class Mailbox:
    def __init__(self, smtp_port: int, http_port: int) -> None:
        self._smtp_port = smtp_port
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{http_port}")

    def send(self, subject: str, to: str = "Ada <ada@example.org>", **parts: str) -> None:
        message = EmailMessage()
        message["From"] = "Marketmesh <no-reply@marketmesh.example>"
        message["To"] = to
        message["Subject"] = subject
        message["Message-ID"] = "<one@marketmesh.example>"
        message["Date"] = "Tue, 24 Nov 2026 18:00:00 +0000"
        message.set_content(parts.get("text", "Hello Ada"))
        if "html" in parts:
            message.add_alternative(parts["html"], subtype="html")
        with smtplib.SMTP("127.0.0.1", self._smtp_port) as connection:
            connection.send_message(message)

    def subjects(self, path: str = "/api/v1/messages", **query: str) -> list[str]:
        return [mail["Subject"] for mail in self.http.get(path, params=query).json()["messages"]]


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    smtp_port, http_port = free_ports(2)
    with (
        closing(MailStore(tmp_path)) as store,
        serving(store, smtp_port=smtp_port, http_port=http_port),
    ):
        mailbox = Mailbox(smtp_port, http_port)
        with mailbox.http:
            yield mailbox


def test_a_mail_sent_by_smtp_is_listed_as_mailpit_would(mailbox: Mailbox) -> None:
    mailbox.send("Welcome")

    listing = mailbox.http.get("/api/v1/messages").json()
    (mail,) = listing["messages"]
    assert listing["total"] == 1
    assert mail["MessageID"] == "one@marketmesh.example"
    assert mail["From"] == {"Name": "Marketmesh", "Address": "no-reply@marketmesh.example"}
    assert mail["To"] == [{"Name": "Ada", "Address": "ada@example.org"}]
    assert mail["Snippet"] == "Hello Ada"


def test_a_mail_is_read_with_both_its_texts(mailbox: Mailbox) -> None:
    mailbox.send("Grüße", text="Hallo", html="<b>Hallo</b>")

    (listed,) = mailbox.http.get("/api/v1/messages").json()["messages"]
    mail = mailbox.http.get(f"/api/v1/message/{listed['ID']}").json()
    assert mail["Subject"] == "Grüße"
    assert mail["Text"].strip() == "Hallo"
    assert mail["HTML"].strip() == "<b>Hallo</b>"
    assert mail["Date"] == "2026-11-24T18:00:00+00:00"


def test_the_newest_comes_first_page_by_page(mailbox: Mailbox) -> None:
    for number in range(5):
        mailbox.send(f"number {number}")

    assert mailbox.subjects(limit="2") == ["number 4", "number 3"]
    assert mailbox.subjects(limit="2", start="2") == ["number 2", "number 1"]


def test_one_persons_mails_are_found(mailbox: Mailbox) -> None:
    mailbox.send("for Ada")
    mailbox.send("for Bob", to="bob@example.org")

    assert mailbox.subjects("/api/v1/search", query='to:"bob@example.org"') == ["for Bob"]
    assert mailbox.subjects("/api/v1/search", query="to:nobody@example.org") == []


def test_an_emptied_mailbox_is_empty(mailbox: Mailbox) -> None:
    mailbox.send("Welcome")

    assert mailbox.http.delete("/api/v1/messages").status_code == 200
    assert mailbox.subjects() == []


def test_an_unknown_path_or_mail_is_not_found(mailbox: Mailbox) -> None:
    for path in ("/api/v1/message/" + "0" * 32, "/api/v1/message/../x", "/etc/passwd"):
        assert mailbox.http.get(path).status_code == 404


def test_only_who_asks_for_it_by_its_own_name_is_answered(mailbox: Mailbox) -> None:
    port = mailbox.http.base_url.port or 0
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}"):
        assert mailbox.http.get("/api/v1/messages", headers={"Host": host}).status_code == 200
    strangers = ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port + 1}", "")
    for host in (*strangers, f"127.0.0.1:{port}.evil.example", f"127.0.0.1.evil.example:{port}"):
        for method, path in (
            ("GET", "/"),
            ("GET", "/api/v1/messages"),
            ("DELETE", "/api/v1/messages"),
        ):
            answer = mailbox.http.request(method, path, headers={"Host": host})
            assert (answer.status_code, answer.json()) == (421, {"Error": "no such host"})


@pytest.mark.parametrize("head", [b"", b"Host: 127.0.0.1:%d\r\nHost: evil.example\r\n"])
def test_who_asks_for_no_host_or_for_two_is_not_answered(mailbox: Mailbox, head: bytes) -> None:
    port = mailbox.http.base_url.port or 0
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        hosts = head % port if head else head
        connection.sendall(b"GET /api/v1/messages HTTP/1.0\r\n" + hosts + b"\r\n")
        assert connection.makefile("rb").readline().startswith(b"HTTP/1.0 421 ")


@pytest.mark.parametrize(
    "asked_by",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_empties_no_mailbox(mailbox: Mailbox, asked_by: dict[str, str]) -> None:
    mailbox.send("Welcome")
    assert mailbox.http.delete("/api/v1/messages", headers=asked_by).status_code == 403
    assert mailbox.subjects() == ["Welcome"]


def test_its_own_page_empties_it(mailbox: Mailbox) -> None:
    mailbox.send("Welcome")
    origin = str(mailbox.http.base_url).rstrip("/")
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    assert mailbox.http.delete("/api/v1/messages", headers=headers).status_code == 200
    assert mailbox.subjects() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/api/v1/messages"), ("GET", "/none"), ("DELETE", "/"), ("PUT", "/")],
)
def test_no_answer_may_be_framed_kept_or_taken_for_something_else(
    mailbox: Mailbox, method: str, path: str
) -> None:
    headers = mailbox.http.request(method, path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def test_numbers_that_are_none_or_too_long_are_left_out(mailbox: Mailbox) -> None:
    mailbox.send("Welcome")
    assert mailbox.subjects(limit="9" * 5000, start="-1") == ["Welcome"]


def test_a_mail_that_the_disk_does_not_take_may_be_sent_again(mailbox: Mailbox) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            mailbox.send("Welcome")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert refused.value.smtp_code == 452
    mailbox.send("Welcome")
    assert mailbox.subjects() == ["Welcome"]


def test_it_says_that_it_lives(mailbox: Mailbox) -> None:
    assert mailbox.http.get("/livez").status_code == 200


def test_the_page_runs_nothing_that_a_mail_brings(mailbox: Mailbox) -> None:
    page = mailbox.http.get("/")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    (script,) = re.findall(r"<script>(.*)</script>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}';" in policy
    assert 'frame.sandbox = ""' in page.text
    assert "innerHTML" not in page.text


def test_mails_survive_a_restart(tmp_path: Path) -> None:
    with closing(MailStore(tmp_path)) as first:
        mail_id = first.add(b"Subject: kept\n\nHello", ["ada@example.org"])

    with closing(MailStore(tmp_path)) as second:
        mail = second.message(mail_id)
        assert mail is not None
        assert mail["Subject"] == "kept"
        assert mail["To"] == [{"Name": "", "Address": "ada@example.org"}]


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    with closing(MailStore(tmp_path, kept=3)) as store:
        for number in range(5):
            store.add(f"Subject: {number}\n\nHello".encode(), ["ada@example.org"])

        page = store.page(start=0, limit=10)
    assert [mail["Subject"] for mail in page["messages"]] == ["4", "3", "2"]


def test_mails_are_found_by_words_in_what_the_list_shows(mailbox: Mailbox) -> None:
    mailbox.send("Order confirmed", text="Two mugs")
    mailbox.send("Order refunded", to="Bob <bob@example.org>", text="One mug")

    def found(query: str) -> list[str]:
        return mailbox.subjects("/api/v1/search", query=query)

    assert found("ORDER confirmed") == ["Order confirmed"]
    assert found("mug bob") == ["Order refunded"]
    assert found("to:bob@example.org mugs") == []
    assert found("' OR 1=1") == []


def test_mails_are_marked_as_read_and_as_unread(mailbox: Mailbox) -> None:
    mailbox.send("Welcome")
    mailbox.send("Goodbye")

    def unread() -> tuple[int, list[bool]]:
        listing = mailbox.http.get("/api/v1/messages").json()
        return listing["unread"], [mail["Read"] for mail in listing["messages"]]

    first = mailbox.http.get("/api/v1/messages").json()["messages"][1]["ID"]
    assert unread() == (2, [False, False])
    mailbox.http.put("/api/v1/messages", json={"IDs": [first], "Read": True})
    assert unread() == (1, [False, True])
    mailbox.http.put("/api/v1/messages", json={"IDs": [first], "Read": False})
    assert unread() == (2, [False, False])


def test_one_mail_is_deleted_and_the_others_stay(mailbox: Mailbox) -> None:
    mailbox.send("Welcome")
    mailbox.send("Goodbye")
    (last, _) = mailbox.http.get("/api/v1/messages").json()["messages"]
    mailbox.http.request("DELETE", "/api/v1/messages", json={"IDs": [last["ID"]]})
    assert mailbox.subjects() == ["Welcome"]
    assert mailbox.http.get(f"/api/v1/message/{last['ID']}/raw").status_code == 404


def test_a_mail_is_shown_as_it_came_and_by_its_headers(mailbox: Mailbox) -> None:
    mailbox.send("Grüße")
    (mail,) = mailbox.http.get("/api/v1/messages").json()["messages"]
    source = mailbox.http.get(f"/api/v1/message/{mail['ID']}/raw")
    assert source.headers["Content-Type"] == "text/plain"
    assert "Message-ID: <one@marketmesh.example>" in source.text
    headers = mailbox.http.get(f"/api/v1/message/{mail['ID']}/headers").json()
    assert headers["Subject"] == ["Grüße"]


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"IDs": "all"}'])
def test_a_change_that_is_none_changes_nothing(mailbox: Mailbox, body: bytes) -> None:
    mailbox.send("Welcome")
    response = mailbox.http.request("DELETE", "/api/v1/messages", content=body)
    assert (response.status_code, mailbox.subjects()) == (400, ["Welcome"])


def test_another_site_can_not_have_mails_marked(mailbox: Mailbox) -> None:
    asked = mailbox.http.put(
        "/api/v1/messages", json={"IDs": []}, headers={"Origin": "https://evil.example"}
    )
    assert asked.status_code == 403


def test_a_store_from_before_it_knew_of_reading_is_read_on(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "mails.sqlite3")) as old:
        old.execute(
            "CREATE TABLE mail (number INTEGER PRIMARY KEY AUTOINCREMENT, "
            "id TEXT NOT NULL UNIQUE, summary TEXT NOT NULL, content BLOB NOT NULL)"
        )
    for _ in range(2):
        with closing(MailStore(tmp_path)) as store:
            assert store.page(start=0, limit=1)["unread"] == 0
