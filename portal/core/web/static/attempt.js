// An exam's pages: a tap is kept on this phone first, then sent, and called saved only once the server has said so.
(() => {
  "use strict";
  const find = (selector, from = document) => from.querySelector(selector);
  const bar = find("#exam");
  if (!bar) return;
  const { dataset: words } = bar;
  const { position: here, kind } = words;
  const base = `/attempts/${words.ref}`;
  const prefix = `answer:${words.ref}:`;
  const form = find("#answer");
  const hand = find("#hand-in");
  const say = (text) => (find("#said").textContent = text);
  let known = Number(words.seq ?? 0);
  let token = words.csrf;

  // What is kept: by question, until the server has answered for that very number. Private windows keep it in the page.
  const memory = {};
  const open = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  };
  const stored = (act) => {
    try {
      return act(localStorage);
    } catch {
      return null;
    }
  };
  const read = (n) => memory[n] ?? open(stored((shelf) => shelf.getItem(prefix + n)));
  const keep = (n, entry) => {
    memory[n] = entry;
    stored((shelf) => shelf.setItem(prefix + n, JSON.stringify(entry)));
  };
  const drop = (n, seq) => {
    if (read(n)?.seq > seq) return;
    delete memory[n];
    stored((shelf) => shelf.removeItem(prefix + n));
  };
  const kept = () => {
    const names = stored((shelf) => Object.keys(shelf)) ?? [];
    const mine = names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
    return [...new Set([...mine, ...Object.keys(memory)])].filter(read);
  };

  // What is shown: the mark below the question, its number in the list, the word that the network is away.
  const mark = (state, time = "", text = null) => {
    const made = find(`#mark-${state}`)?.content.firstElementChild.cloneNode(true);
    if (!made) return;
    if (!made.children[1]) made.lastChild.data = (text ?? made.lastChild.data).replace("{time}", time);
    find("#mark").replaceChildren(made);
  };
  const number = (n, state) => {
    const link = find(`.numbers [data-n="${n}"]`);
    if (!link) return;
    link.classList.toggle("on", state === "on");
    link.classList.toggle("kept", state === "kept");
    find(".sr", link).textContent = words[state];
  };
  const listed = (value) => (value === "" || (typeof value === "object" && !Object.keys(value ?? {}).length) ? "none" : "on");
  let leaving = false;
  const away = (wants = leaving) => {
    leaving = wants;
    const text = leaving ? words.stay : kept().length ? words.away : words.idle;
    const box = find(".offline", bar) ?? find("#away").content.firstElementChild.cloneNode(true);
    const told = text.replace("{n}", kept().length);
    if (find("[data-told]", box).textContent === told) return;
    find("[data-told]", box).textContent = told;
    bar.append(box);
    say(box.textContent);
  };
  const given = () => {
    const picked = [...form.querySelectorAll("input:checked")].map((input) => input.value);
    const matched = [...form.querySelectorAll("select")].filter((one) => one.value);
    if (kind === "truefalse") return picked.length ? picked[0] === "true" : null;
    if (kind === "matching") return Object.fromEntries(matched.map((one) => [one.name.slice(6), Number(one.value)]));
    return kind === "single" || kind === "multiple" ? picked.map(Number) : find("[name=given]", form).value;
  };
  const show = (value) => {
    form.querySelectorAll("[name=given]").forEach((input) => {
      if (input.type === "text") input.value = value ?? "";
      else input.checked = [value].flat().map(String).includes(input.value);
    });
    form.querySelectorAll("select").forEach((one) => (one.value = value?.[one.name.slice(6)] ?? ""));
  };

  // The clock is the server's.
  let due = Number(words.due);
  let skew = words.now - Date.now();
  let last = Infinity;
  const time = () => new Date(Date.now() + skew + Number(words.zone)).toISOString().slice(11, 16);
  const tick = () => {
    const left = Math.max(Math.ceil((due - Date.now() - skew) / 1000), 0);
    const two = (value) => String(value).padStart(2, "0");
    const hours = Math.floor(left / 3600);
    const minutes = Math.floor(left / 60) % 60;
    find("time", bar).textContent = `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(left % 60)}`;
    const share = (100000 * left) / (due - words.since);
    find("circle + circle", bar)?.setAttribute("stroke-dasharray", `${Math.round(share)} 100`);
    find(".ring", bar).dataset.at = share > 50 ? "calm" : share > 25 ? "half" : share > 10 ? "late" : "last";
    const spoken = [10, 5, 1].find((minute) => last > 60 * minute && left <= 60 * minute);
    if (last < Infinity && left && spoken) say(words[`say${spoken}`]);
    if (last && !left) over();
    last = left;
  };
  const over = async () => {
    say((find("[data-until]", bar).textContent = words.over));
    await flush();
    await sync().catch(() => {});
    setTimeout(over, 3000);
  };

  const ask = async (path, options = {}) => {
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), 15000);
    const began = Date.now();
    try {
      const response = await fetch(base + path, { ...options, redirect: "manual", signal: stop.signal });
      const signedOut = response.type === "opaqueredirect";
      const body = response.headers.get("content-type")?.includes("json") ? await response.json() : {};
      if (response.ok && body.left) {
        skew = body.now - (began + Date.now()) / 2;
        due = body.now + 1000 * body.left;
      }
      return { status: signedOut ? 401 : response.status, body };
    } finally {
      clearTimeout(limit);
    }
  };

  // One at a time, in the order of the questions; what fails is tried again, later and later.
  let busy = null;
  let wait = 1000;
  let timer;
  const flush = () => {
    clearTimeout(timer);
    busy = busy ?? sendAll().finally(() => (busy = null));
    return busy;
  };
  const sendAll = async () => {
    try {
      for (let [n] = kept(); n; [n] = kept()) if (!(await send(n, read(n)))) return;
      wait = 1000;
      leaving = false;
      find(".offline", bar)?.remove();
    } catch {
      if (here && read(here)) mark("no", read(here).time);
      if (!words.done) away();
      wait = Math.min(wait * 2, 30000);
      timer = setTimeout(flush, wait * (0.8 + 0.4 * Math.random()));
    }
  };
  const send = async (n, { seq, given: value }, again = true) => {
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": token };
    const options = { method: "POST", keepalive: true, headers, body: JSON.stringify({ seq, given: value }) };
    const { status, body } = await ask(`/answers/${n}`, options);
    if (status === 403 && again && (await sync())) return send(n, { seq, given: value }, false);
    if (status === 401 || status === 403 || status === 404) return mark("out");
    if (status >= 500 || status === 429) throw status;
    drop(n, seq);
    const newer = read(n);
    if (n === here) known = Math.max(known, body.seq ?? 0);
    if (status === 409) return finish(true);
    if (!newer) number(n, status === 200 ? listed(body.saved ? value : body.given) : "none");
    if (n !== here || newer) return true;
    if (status !== 200) mark("bad", "", body.text);
    else if (body.saved) mark("yes", body.time);
    else {
      show(body.given);
      mark("stale", body.time);
    }
    return true;
  };
  const finish = (late = false) => {
    if (!words.done) location.replace(base);
    else if (late) find("#late").hidden = false;
    return true;
  };
  const sync = async () => {
    const { status, body } = await ask("/state");
    if (status === 401) mark("out");
    if (status !== 200) return false;
    token = body.csrf;
    if (body.state !== "running") return finish();
    Object.entries(body.answers).forEach(([n, answer]) => {
      if (read(n)) return;
      number(n, listed(answer.given));
      if (n !== here || answer.seq < known) return;
      known = answer.seq;
      mark(JSON.stringify(given()) === JSON.stringify(answer.given) ? "yes" : "stale", answer.time);
      show(answer.given);
    });
    return true;
  };

  const tap = (delay) => {
    const value = given();
    if (value === null) return;
    known = Math.max(known + 1, Date.now());
    keep(here, { seq: known, given: value, time: time() });
    mark("sending");
    number(here, "kept");
    clearTimeout(timer);
    timer = setTimeout(flush, delay);
    busy?.then(flush);
  };
  const typing = ({ target }) => target.type === "text";
  form?.addEventListener("input", (event) => typing(event) && tap(800));
  form?.addEventListener("change", (event) => (typing(event) ? flush() : tap(0)));
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    if (navigator.onLine) location.assign(words.next);
    else away(true);
  });
  hand?.addEventListener("submit", async (event) => {
    if (navigator.onLine && !kept().length) return;
    event.preventDefault();
    await flush();
    if (navigator.onLine && !kept().length) hand.submit();
    else away(true);
  });
  document.addEventListener("click", (event) => {
    if (navigator.onLine || words.done || !event.target.closest("a[href]")) return;
    event.preventDefault();
    away(true);
  });
  addEventListener("storage", ({ key, newValue }) => {
    if (!key?.startsWith(prefix)) return;
    const n = key.slice(prefix.length);
    const entry = open(newValue);
    delete memory[n];
    number(n, entry ? "kept" : "on");
    if (n !== here) return;
    if (!entry) return sync().catch(() => {});
    known = Math.max(known, entry.seq);
    show(entry.given);
    mark("sending");
  });
  addEventListener("online", flush);
  addEventListener("offline", () => words.done || away());
  addEventListener("pageshow", (event) => event.persisted && location.reload());

  const waiting = kept();
  waiting.forEach((n) => number(n, "kept"));
  if (here && read(here)) {
    known = Math.max(known, read(here).seq);
    show(read(here).given);
    mark("sending");
  }
  if (waiting.length) flush().then(() => hand && !kept().length && location.reload());
  if (words.done) return;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    tick();
    flush().then(sync).catch(() => {});
  });
  tick();
  setInterval(tick, 1000);
})();
