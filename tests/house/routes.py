"""Every route of the application and who may enter, as its own options say it."""

from dataclasses import dataclass

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from portal.app import create_app


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """One method of one path. `who`: everybody, signed-in, before-factor, a capability, or scope:NAME."""

    path: str
    method: str
    who: str

    def __str__(self) -> str:
        return f"{self.method:6} {self.path}  {self.who}"


def _who(handler: HTTPRouteHandler) -> str:
    opt = handler.opt
    if opt.get("scope"):
        return f"scope:{opt['scope']}"
    if opt.get("open"):
        return "everybody"
    if opt.get("needs"):
        return str(opt["needs"])
    return "before-factor" if opt.get("before_factor") else "signed-in"


def all_routes() -> list[Route]:
    """The application's routes, HEAD and OPTIONS aside (the frame answers HEAD from GET)."""
    inner = create_app(own_database=False).inner
    assert isinstance(inner, Litestar)
    found = []
    for route in inner.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler):
                methods = handler.http_methods - {"HEAD", "OPTIONS"}
                found += [Route(route.path, method, _who(handler)) for method in methods]
    return sorted(set(found))


if __name__ == "__main__":  # what routes.txt would say; read it before you take it over
    print(*all_routes(), sep="\n")
