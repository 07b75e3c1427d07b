// What a page may need beyond its markup. Nothing here is needed to get a thing done.
(() => {
  "use strict";
  const find = (selector, from = document) => from.querySelector(selector);
  const on = (type, act, capture) => document.addEventListener(type, act, capture);
  const words = find("meta[name=portal-words]")?.dataset ?? {};

  // Messages stay as long as they take to read, at least six seconds, and close by hand.
  const fade = (toast) => setTimeout(
    () => (toast.matches(":hover, :focus-within") ? fade(toast) : toast.remove()),
    Math.max(6000, toast.textContent.length * 150),
  );
  const fadeAll = () => [...(find("#toasts")?.children ?? [])].forEach(fade);
  const tell = (text) => {
    if (!text) return;
    const toast = find("#toast-form").content.firstElementChild.cloneNode(true);
    find("span", toast).textContent = text;
    find("#toasts").replaceChildren(toast);
    fade(toast);
  };

  // Half-screen dialogs; without script the link's page asks the same.
  let opener = null;
  const open = (link, event) => {
    const dialog = document.getElementById(link.dataset.opens);
    if (!dialog?.showModal) return;
    event.preventDefault();
    opener = link;
    dialog.showModal();
  };
  on("close", () => opener?.focus(), true);

  const copy = async (button) => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      // Plain HTTP and old in-app browsers have no clipboard object.
      const area = Object.assign(document.createElement("textarea"), { value: button.dataset.copy, className: "sr" });
      button.after(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    tell(button.dataset.copied);
  };

  on("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    const link = at("[data-opens]");
    if (link && !event.ctrlKey && !event.metaKey) open(link, event);
    if (at("[data-closes]") || event.target.matches("dialog.half")) at("dialog").close();
    at("[data-shut]")?.closest(".toast").remove();
    if (at("[data-copy]")) copy(at("[data-copy]"));
  });

  // One press, one sending. The button keeps its words until it is given back.
  const sending = new Map();
  const release = () => {
    sending.forEach((give) => give());
    sending.clear();
  };
  on("submit", (event) => {
    const { target: form, submitter: button } = event;
    if (form.method !== "post") return;
    if (sending.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    const kept = [...(button?.childNodes ?? [])];
    sending.set(form, () => {
      button?.replaceChildren(...kept);
      if (button) button.disabled = false;
    });
    // Later, so that the browser has taken the button's own value along, and others had their say.
    setTimeout(() => {
      if (event.defaultPrevented && !form.matches("[hx-post]")) sending.delete(form);
      if (!button || !sending.has(form)) return;
      if (button.dataset.sending) button.textContent = button.dataset.sending;
      button.disabled = true;
    });
    setTimeout(release, 20000);
  }, true);
  addEventListener("pageshow", release);

  // Clocks go on from the server's time: a phone's own may be wrong.
  const amount = (n, unit) => {
    const forms = words[unit].split("|");
    return n ? forms[n === 1 ? 0 : forms.length - 1].replace("{n}", n) : "";
  };
  const span = (ms) => {
    const all = Math.floor(ms / 60000);
    const days = Math.floor(all / 1440);
    const parts = [amount(days, "days"), amount(Math.floor(all / 60) % 24, "hours"), days ? "" : amount(all % 60, "minutes")];
    return parts.filter(Boolean).join(" ") || words.moment;
  };
  const states = [[1, "broken"], [0.9, "last"], [0.75, "late"], [0.5, "half"], [-Infinity, "calm"]];
  const skews = new WeakMap();
  const tick = (chip) => {
    const { due, since, now, left, over } = chip.dataset;
    const here = Date.now();
    if (!skews.has(chip)) skews.set(chip, now - here);
    const rest = due - here - skews.get(chip);
    const used = due > since ? 1 - rest / (due - since) : 1;
    const text = (used < 1 ? left : over).replace("{time}", span(Math.abs(rest)));
    const [, state] = states.find(([from]) => used >= from);
    find("time", chip).textContent = text;
    find("circle + circle", chip)?.setAttribute("stroke-dasharray", `${Math.round(100 - 100 * used)} 100`);
    if (chip.dataset.at === state) return;
    chip.dataset.at = state;
    if (used >= 0.75) find("#said").textContent = text;
    if (used >= 1) find("circle + circle", chip)?.remove();
  };
  const tickAll = () => document.querySelectorAll(".clock[data-due]").forEach(tick);
  setInterval(tickAll, 60000);
  on("visibilitychange", tickAll);

  // A page that has loaded had a network; only its going and coming are news.
  addEventListener("offline", () => document.body.setAttribute("data-offline", ""));
  addEventListener("online", () => document.body.removeAttribute("data-offline"));

  // Desk tables: arrows move between rows, a stroke goes to the search.
  on("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, textarea, select")) return;
    const rows = [...(event.target.closest(".table")?.querySelectorAll("tbody th a") ?? [])];
    const at = rows.findIndex((row) => row.closest("tr").contains(event.target));
    const next = { ArrowDown: rows[at + 1], ArrowUp: rows[at - 1], "/": find("input[type=search]") }[event.key];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  // What was refused comes first, then the heading of a page that came in.
  const look = (from) => {
    const first = find(".errors", from) ?? (from.id === "main" && find("h1", from));
    if (!first) return;
    first.tabIndex = -1;
    first.focus();
  };
  on("htmx:afterSettle", (event) => {
    look(event.target);
    tickAll();
    if (event.target.id === "toasts") fadeAll();
  });
  on("htmx:afterRequest", release);
  on("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.getResponseHeader("HX-Retarget") === "#toasts") detail.shouldSwap = true;
    else if (detail.isError && !detail.shouldSwap) tell(words.failed);
  });
  on("htmx:sendError", () => tell(words.unsent));
  on("toast", ({ detail }) => tell(detail.text));

  look(document);
  tickAll();
  fadeAll();
})();
