"""A mail server of the tests' own: it speaks just enough SMTP, keeps what it is given, or refuses as told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class MailServer:
    """`answers` replaces the answer to a command by another, such as `RCPT` → `550 no such mailbox`."""

    answers: dict[str, str] = field(default_factory=dict)
    recipients: list[str] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        while line := await reader.readline():
            word = line.decode().split()[0].upper()
            if answer := self.answers.get(word):
                writer.write(f"{answer}\r\n".encode())
            elif word == "DATA":
                writer.write(b"354 go on\r\n")
                self.letters.append(await reader.readuntil(b"\r\n.\r\n"))
                writer.write(b"250 taken\r\n")
            else:
                self._note(word, line.decode())
                writer.write(b"221 bye\r\n" if word == "QUIT" else b"250 fine\r\n")
            await writer.drain()
            if word == "QUIT":
                break
        writer.close()
        await writer.wait_closed()

    def _note(self, word: str, line: str) -> None:
        address = line[line.find("<") + 1 : line.find(">")]
        if word == "RCPT":
            self.recipients.append(address)
        if word == "MAIL":
            self.senders.append(address)


@asynccontextmanager
async def mail_server(**answers: str) -> AsyncIterator[MailServer]:
    server = MailServer(answers)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server
