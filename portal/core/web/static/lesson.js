// Reading where the network comes and goes: seconds and place stay on this phone until the server has them.
(() => {
  "use strict";
  const find = (id) => document.getElementById(id);
  const token = document.querySelector("meta[name=lesson-csrf]").content;
  const article = find("lesson");
  const note = find("lesson-note");
  const form = find("completion");
  const mine = article && `lesson:${article.dataset.key}`;

  // Private windows keep nothing; sending goes on.
  const stored = (act) => {
    try { return act(localStorage); } catch { return null; }
  };
  const load = (key) => stored((all) => JSON.parse(all[key]));
  const keep = (key, one) => stored((all) => { all[key] = JSON.stringify({ ...one, at: Date.now() }); });

  const show = (state, time = "") => {
    const { dataset, firstElementChild: chip } = find("lesson-saved");
    const text = dataset[state].replace("{time}", time);
    if (chip.textContent === text) return;
    const use = chip.querySelector("use");
    const [sprite] = use.getAttribute("href").split("#");
    chip.dataset.saved = state === "done" ? "no" : state;
    use.setAttribute("href", `${sprite}#${{ yes: "saved", sending: "clock" }[state] ?? "keep"}`);
    chip.lastChild.textContent = text;
    if (state === "done") note.textContent = text;
  };

  const unsent = (one) => one.done || one.seconds > one.sent || one.place > one.reached;
  const body = ({ seconds, place }) => new URLSearchParams({ _csrf: token, seconds, place_bp: place });
  // Only our own JSON acknowledges, no sign-in page and no proxy.
  const tell = async (one) => {
    const { seconds, place, path, done } = one;
    const answer = await fetch(`${path}/${done ? "completion" : "progress"}`, {
      method: "POST", body: body(one), headers: { Accept: "application/json" },
    });
    const ours = answer.headers.get("Content-Type")?.startsWith("application/json");
    const said = ours ? await answer.json() : { lost: answer.redirected || answer.status === 403 };
    if (said.time) Object.assign(one, { sent: seconds, reached: place });
    if (said.text) one.done = false;
    return said;
  };

  // Left behind by other pages.
  const flush = async () => {
    let changed = false;
    for (const key of stored(Object.keys) ?? []) {
      const one = key.startsWith("lesson:") && key !== mine && load(key);
      if (one?.at < Date.now() - 5184e6) stored((all) => delete all[key]);
      else if (one && unsent(one)) {
        const { completed, time } = await tell(one);
        changed ||= completed;
        if (time) keep(key, { ...one, done: one.done && !completed });
      }
    }
    if (changed && !article) location.reload();
  };
  const online = (act) => {
    addEventListener("online", act);
    act();
  };
  online(() => flush().catch(() => {}));
  if (!article) return;

  const { dataset } = article;
  const old = load(mine) ?? {};
  const now = {
    path: dataset.path,
    seconds: Math.max(old.seconds ?? 0, dataset.seconds),
    place: Math.max(old.place ?? 0, dataset.place),
    sent: +dataset.seconds,
    reached: +dataset.place,
    scroll: old.scroll,
    done: !!(old.done && form),
  };

  let slow;
  const save = async () => {
    if (slow || !unsent(now)) return;
    const asked = now.done;
    slow = setTimeout(show, 800, "sending");
    try {
      const said = await tell(now);
      if (said.completed) {
        now.done = false;
        location.assign(said.next);
      }
      if (said.text) note.textContent = said.text;
      show(said.time ? "yes" : now.done ? "done" : "no", said.time);
      if (said.lost && asked) form.submit();
    } catch {
      show(now.done ? "done" : "no");
    }
    slow = clearTimeout(slow);
    keep(mine, now);
    if (now.done && !asked) save();
  };

  const bar = document.querySelector(".bar");
  const view = () => innerHeight - bar.offsetHeight;
  const look = () => {
    const { top, height } = article.getBoundingClientRect();
    now.place = Math.max(now.place, Math.round(1e4 * Math.min((view() - top) / height, 1)));
    now.scroll = -top / height;
  };
  const back = () => {
    const { top, height } = article.getBoundingClientRect();
    const wanted = old.scroll ?? now.reached / 1e4 - view() / height;
    if (form && wanted > 0) scrollBy(0, top + wanted * height);
  };
  history.scrollRestoration = "manual";
  back();
  // Pictures may come late; who has scrolled since is left alone.
  const begun = scrollY;
  addEventListener("load", () => scrollY === begun && back());
  addEventListener("scroll", look, { passive: true });
  look();

  setInterval(() => {
    if (document.hidden) return;
    now.seconds += 1;
    keep(mine, now);
    if (now.seconds % 20 === 0) save();
  }, 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return;
    keep(mine, now);
    if (unsent(now)) navigator.sendBeacon(`${now.path}/progress`, body(now));
  });
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    now.done = true;
    note.textContent = "";
    look();
    keep(mine, now);
    save();
  });
  online(save);
})();
