"""A browser for page tests: keeps cookies, finds forms in pages, and sends them as a person would."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx

from portal.core.web.frame import Frame

BASE = "http://127.0.0.1:8000"


@dataclass
class FoundForm:
    """A form as the page holds it: where it goes, and what it would send untouched."""

    action: str
    method: str
    fields: dict[str, Any] = field(default_factory=dict)
    multipart: bool = False


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FoundForm] = []
        self.text: list[str] = []
        self.links: list[str] = []
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value if value is not None else "" for name, value in attrs}
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if tag == "form":
            kind = values.get("enctype") == "multipart/form-data"
            self.forms.append(FoundForm(values.get("action", ""), values.get("method", "get").lower(), {}, kind))
        if not self.forms:
            return
        fields = self.forms[-1].fields
        name = values.get("name")
        if tag == "input" and name:
            kind = values.get("type", "text")
            if kind in ("checkbox", "radio"):
                if "checked" in values:
                    fields.setdefault(name, []).append(values.get("value", "on"))
            elif kind not in ("file", "submit", "button"):
                fields[name] = values.get("value", "")
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select and ("selected" in values or self._select not in fields):
            fields[self._select] = values.get("value", "")
        elif tag == "textarea" and name:
            self._area = name
            fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        if tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].fields[self._area] += data
        elif data.strip():
            self.text.append(data.strip())


class Page:
    """An answer as a person sees it."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status = response.status_code
        self.html = response.text
        self.path = response.url.path
        parser = _Forms()
        parser.feed(self.html)
        self.forms = parser.forms
        self.links = parser.links
        self.text = " ".join(parser.text)

    def form(self, action: str | None = None) -> FoundForm:
        """The form that goes to `action` (the first POST form if none is named)."""
        for form in self.forms:
            if form.method == "post" and (action is None or form.action.split("?")[0] == action):
                return form
        raise AssertionError(f"no form for {action} in {self.path} ({self.status}): {[f.action for f in self.forms]}")

    def __contains__(self, text: str) -> bool:
        return text in self.html or text in self.text


class Browser:
    """One browser: cookies, language, and what it last saw."""

    def __init__(self, app: Frame, *, language: str = "zh-CN") -> None:
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        self.client = httpx.AsyncClient(transport=transport, base_url=BASE, headers={"Accept-Language": language})

    async def close(self) -> None:
        await self.client.aclose()

    async def get(self, path: str, **kwargs: Any) -> Page:
        """Fetch a page, following redirects."""
        return Page(await self.client.get(path, follow_redirects=True, **kwargs))

    async def post(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Page:
        """Send a form by hand: nothing is added, no redirect is followed."""
        return Page(await self.client.post(path, data=data, **kwargs))

    async def submit(
        self, page: Page, action: str | None = None, files: dict[str, Any] | None = None, **values: Any
    ) -> Page:
        """Fill and send the page's form, and follow where it leads. A value of None removes a field."""
        form = page.form(action)
        data = {**form.fields, **values}
        data = {name: value for name, value in data.items() if value is not None}
        target = urljoin(str(page.response.url), form.action or str(page.response.url))
        return Page(await self.client.post(target, data=data, files=files, follow_redirects=True))

    async def visit_and_submit(self, path: str, action: str | None = None, **values: Any) -> Page:
        return await self.submit(await self.get(path), action, **values)
