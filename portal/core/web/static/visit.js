// Recording a visit where the network comes and goes: what is typed stays on this phone until the server has it,
// photos go one by one and again, the place is asked for, the signature is drawn. Every form works without this.
(() => {
  "use strict";
  const words = document.currentScript.dataset;
  const prefix = `visit:${words.person}:${location.pathname}:`;
  const forms = [...document.querySelectorAll("main form[id]")];
  const waiting = new Set();
  const stored = (act) => {
    try {
      return act(localStorage);
    } catch {
      return null; // private windows may have no shelf; the page still sends
    }
  };

  const say = (form, state, text) => {
    let mark = form.querySelector(".saved");
    if (!mark) {
      mark = Object.assign(document.createElement("p"), { className: "saved" });
      mark.setAttribute("role", "status");
      form.append(mark);
    }
    mark.dataset.saved = state;
    mark.textContent = text;
  };

  // Whoever signs for the supplier is not kept on somebody else's phone.
  const kept = (form) => form.id !== "sign-form" && form.id !== "photos-form";
  const typed = (form) => [...form.elements].filter((field) => field.name && !["hidden", "file", "submit"].includes(field.type));
  const keep = (form) => {
    if (!kept(form)) return;
    const values = typed(form)
      .filter((field) => field.type !== "radio" || field.checked)
      .map((field) => [field.name, field.value]);
    stored((shelf) => shelf.setItem(prefix + form.id, JSON.stringify(values)));
  };
  const drop = (form) => stored((shelf) => shelf.removeItem(prefix + form.id));
  const restore = (form) => {
    const values = stored((shelf) => JSON.parse(shelf.getItem(prefix + form.id)));
    if (!values) return;
    for (const [name, value] of values) {
      for (const field of typed(form).filter((one) => one.name === name)) {
        if (field.type === "radio") field.checked = field.value === value;
        else field.value = value;
      }
    }
    const folded = form.closest("details");
    if (folded) folded.open = true;
    say(form, "no", words.kept);
  };

  const go = (address) => {
    const target = new URL(address, location.href);
    const same = target.pathname === location.pathname;
    location.assign(target);
    if (same) location.reload();
  };
  // What goes out: the form itself, or one photo after the other, each an act of its own.
  const small = async (file) => {
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, 2000 / Math.max(picture.width, picture.height));
      const canvas = Object.assign(document.createElement("canvas"), {
        width: Math.round(picture.width * scale),
        height: Math.round(picture.height * scale),
      });
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const drawn = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      return drawn && drawn.size < file.size ? drawn : file;
    } catch {
      return file; // the server knows more kinds of pictures than this browser
    }
  };
  const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");
  const photos = new Map(); // of a form: what has not arrived yet, each with the key that it keeps over every try
  const parcels = async (form) => {
    const input = form.querySelector("input[type=file]");
    if (!input) return [new FormData(form)];
    if (!photos.has(form)) {
      const chosen = [];
      for (const file of input.files) {
        const parcel = new FormData(form);
        parcel.set(input.name, await small(file), file.name);
        parcel.set("_key", random());
        chosen.push(parcel);
      }
      photos.set(form, chosen);
    }
    return [...photos.get(form)];
  };
  const send = async (form) => {
    let answer;
    try {
      for (const parcel of await parcels(form)) {
        answer = await fetch(form.action, { method: "POST", body: parcel, headers: { "HX-Request": "true" } });
        if (answer.status >= 500) throw new Error("later");
        if (!answer.ok) break;
        photos.get(form)?.shift();
      }
    } catch {
      waiting.add(form);
      say(form, "no", photos.has(form) ? words.open : words.kept);
      return;
    }
    waiting.delete(form);
    if (!answer) return form.submit(); // nothing chosen: the server says so beside the field
    const onward = answer.headers.get("HX-Redirect");
    if (answer.ok && onward) {
      drop(form);
      say(form, "yes", words.saved);
      go(onward);
    } else {
      photos.delete(form);
      form.submit(); // refused: the page that comes says why, with what was typed
    }
  };
  const again = () => [...waiting].forEach(send);
  addEventListener("online", again);
  // Photos wait in this page alone: whoever closes it is asked first.
  addEventListener("beforeunload", (event) => {
    if ([...waiting].some((form) => photos.get(form)?.length)) event.preventDefault();
  });
  setInterval(again, 20000);

  for (const form of forms) {
    restore(form);
    form.addEventListener("input", () => keep(form));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      keep(form);
      send(form);
    });
    form.querySelector("input[type=file]")?.addEventListener("change", () => photos.delete(form));
  }

  const locate = document.querySelector("[data-locate]");
  locate?.addEventListener("click", () => {
    const form = locate.form;
    say(form, "sending", locate.dataset.asking);
    const denied = () => say(form, "no", locate.dataset.denied);
    if (!navigator.geolocation) return denied();
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      for (const name of ["latitude", "longitude", "accuracy"]) form.elements[name].value = coords[name];
      form.requestSubmit();
    }, denied, { enableHighAccuracy: true, timeout: 20000 });
  });

  const pad = document.querySelector("[data-pad]");
  if (!pad) return;
  const form = pad.closest("form");
  const pen = pad.getContext("2d");
  const clear = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, pad.width, pad.height);
    form.elements.signature.value = "";
  };
  const at = (event) => {
    const box = pad.getBoundingClientRect();
    return [((event.clientX - box.left) * pad.width) / box.width, ((event.clientY - box.top) * pad.height) / box.height];
  };
  clear();
  Object.assign(pen, { lineWidth: 4, lineCap: "round", lineJoin: "round", strokeStyle: "#1b2733" });
  pad.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  pad.addEventListener("pointermove", (event) => {
    if (!pad.hasPointerCapture(event.pointerId)) return;
    pen.lineTo(...at(event));
    pen.stroke();
  });
  pad.addEventListener("pointerup", () => (form.elements.signature.value = pad.toDataURL("image/png")));
  document.querySelector("[data-clear]")?.addEventListener("click", clear);
})();
