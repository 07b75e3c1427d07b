// The desk: keys for those who like them, news without a reload, what is typed never touched.
(() => {
  "use strict";
  const EVERY = 20000;
  const OFF = "desk-keys-off";
  const find = (selector) => document.querySelector(selector);
  const polled = (event) => event.target.matches?.("[data-poll]");

  // Off while nobody looks or there is no network; htmx does the asking, and a failed one is nobody's business.
  setInterval(() => {
    if (!document.hidden && navigator.onLine) find("[data-poll]")?.dispatchEvent(new Event("poll"));
  }, EVERY);
  document.addEventListener("htmx:sendError", (event) => polled(event) && event.stopPropagation(), true);
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (polled(event) && event.detail.isError) event.stopPropagation();
  }, true);
  // What stands on the page now is what the next act has seen.
  document.addEventListener("htmx:afterSettle", () => {
    const { seen, heard } = find("#desk_live")?.dataset ?? {};
    if (!seen) return;
    for (const field of document.querySelectorAll("input[name=seen]")) field.value = seen;
    for (const field of document.querySelectorAll("input[name=heard]")) field.value = heard;
  });

  const kept = () => {
    try {
      return localStorage.getItem(OFF) !== "yes";
    } catch {
      return true;
    }
  };
  const rows = () => [...document.querySelectorAll("table.desk tbody th a")];
  const step = (by) => {
    const all = rows();
    const at = all.findIndex((row) => row.closest("tr").contains(document.activeElement));
    all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
  };
  const write = () => {
    const area = find("#f-text");
    area?.scrollIntoView({ block: "center" });
    area?.focus();
  };
  const acts = {
    j: () => step(1),
    k: () => step(-1),
    r: write,
    t: () => (find("#f-template") ? find("#f-template").focus() : find("#templates-open")?.click()),
    "?": () => find("#desk-keys")?.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable], dialog[open]");
    if (typing || event.altKey || event.ctrlKey || event.metaKey || !kept()) return;
    if (!Object.hasOwn(acts, event.key)) return;
    event.preventDefault();
    acts[event.key]();
  });
  const box = find("[data-keys]");
  if (box) {
    box.checked = kept();
    box.addEventListener("change", () => {
      try {
        localStorage.setItem(OFF, box.checked ? "no" : "yes");
      } catch {
        // A browser that keeps nothing keeps the keys on.
      }
    });
  }
})();
