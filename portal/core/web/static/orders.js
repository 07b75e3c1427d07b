// New orders are told without a reload, and the list never moves by itself: a word appears, she decides.
(() => {
  "use strict";
  const EVERY = 20000;
  const own = (event) => event.target.id === "news";
  // Off while nobody looks or there is no network; htmx does the asking.
  setInterval(() => {
    if (!document.hidden && navigator.onLine) document.getElementById("news")?.dispatchEvent(new Event("poll"));
  }, EVERY);
  // A poll that fails is nobody's business: the next one comes.
  document.addEventListener("htmx:sendError", (event) => own(event) && event.stopPropagation(), true);
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (own(event) && event.detail.isError) event.stopPropagation();
  }, true);
})();
