// What Streamlit's pages lack for a keyboard and for the Back button, and the viewer's code ahead.
// It reads nothing and sends nothing; pages/ui/page_script.py puts it into the document.
(() => {
  "use strict";
  const HEADING = ".arn-head h1";
  const STEP = ".arn-tour";
  const BAR = ".st-key-tour_bar"; // it stays in view and covers what is scrolled under it
  const MARGIN = 16; // px around what is pointed at
  const { ahead } = document.currentScript.dataset;
  let title = null; // of the page that is seen
  let given = null; // the heading that has the focus, until somebody does something
  let step = null; // of the guided demo, in its words
  let pointedAt = null; // what it points at, brought into view until somebody does something
  let isAsked = false; // whether the next frame looks at what has changed

  // A page names what it shows in its address. That is no page of its own: one press on Back
  // leaves a page, however often its address was written.
  const push = history.pushState.bind(history);
  history.pushState = (state, unused, url) => {
    const to = new URL(url ?? location.href, location.href);
    const write = to.pathname === location.pathname ? history.replaceState.bind(history) : push;
    write(state, unused, url);
  };

  // The viewer's code comes, and is made ready to draw, once the first page stands and all is quiet.
  const prepare = () => import(ahead).then((viewer) => viewer.prepare()).catch(() => {});

  // What a step of the guided demo points at stays in view while the page is still being drawn.
  const point = () => {
    const words = document.querySelector(STEP);
    if (words?.textContent !== step) pointedAt = words?.dataset.shows || null;
    step = words?.textContent;
    const found = pointedAt && document.querySelector(pointedAt);
    if (!found) return;
    const { top, bottom } = found.getBoundingClientRect();
    const covered = document.querySelector(BAR)?.getBoundingClientRect().bottom ?? 0;
    const by = bottom > innerHeight ? bottom + MARGIN - innerHeight : Math.min(0, top - MARGIN - covered);
    document.querySelector(".stMain")?.scrollBy({ top: by, behavior: "instant" });
  };

  // Whoever does not see the page change hears it: the heading of the new page gets the focus,
  // and gets it again when the page is drawn anew before anybody has done anything. The address
  // may change before or after the heading does, so the heading alone tells.
  const look = () => {
    isAsked = false;
    const heading = document.querySelector(HEADING);
    if (!heading) return;
    point();
    if (title === null) (window.requestIdleCallback ?? setTimeout)(prepare);
    const isNew = title !== null && heading.textContent !== title;
    const isLost = given && heading !== given && document.activeElement === document.body;
    title = heading.textContent;
    if (!isNew && !isLost) return;
    const isTyping = document.activeElement?.closest("section input, section textarea");
    if (isTyping && document.querySelector(".stMain")?.contains(isTyping)) return;
    // A new page begins at its top, wherever the one before it was left.
    if (isNew && !pointedAt) document.querySelector(".stMain")?.scrollTo({ top: 0, behavior: "instant" });
    given = heading;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  };

  // To scroll or to give the focus, the browser works out where everything lies: once a frame,
  // as it does to paint it, and not after every change.
  new MutationObserver(() => {
    if (!isAsked) requestAnimationFrame(look);
    isAsked = true;
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });
  for (const done of ["keydown", "pointerdown", "wheel"]) {
    addEventListener(done, () => { given = pointedAt = null; }, { capture: true, passive: true });
  }

  // "?" opens the list of keys, where a page has one.
  addEventListener("keydown", (event) => {
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable=true]")) return;
    const keys = document.querySelector('[class*="st-key-keys_"] button');
    if (!keys) return;
    event.preventDefault();
    keys.click();
  });
})();
