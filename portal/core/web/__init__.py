"""The web side: what every page and API answer goes through, knowing a person only as a plain `Viewer`.

`frame` wraps the whole application (host, headers, who is looking, static files); `guards` close every route that
does not name itself open; `pages` renders a page or a fragment of it; `forms` reads what was typed and hands it back;
`errors` says every no in a sentence.
"""
