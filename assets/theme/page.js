// What Streamlit's pages lack for a keyboard and for the Back button. It reads nothing and sends
// nothing; pages/ui/page_script.py puts it into the document.
(() => {
  "use strict";
  const HEADING = ".arn-head h1";
  const PATIENCE_MS = 15000;
  let watching = null;

  // A page names what it shows in its address. That is no page of its own: one press on Back
  // leaves a page, however often its address was written.
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const to = new URL(url ?? location.href, location.href);
    if (to.pathname === location.pathname) {
      history.replaceState(state, title, url);
      return;
    }
    expectPage();
    push(state, title, url);
  };
  addEventListener("popstate", expectPage);

  // Whoever does not see the page change hears it: the heading of the new page gets the focus,
  // and gets it again when the page is drawn anew before anybody has done anything.
  function expectPage() {
    const before = document.querySelector(HEADING)?.textContent;
    let given = null;
    watching?.disconnect();
    watching = new MutationObserver(() => {
      const heading = document.querySelector(HEADING);
      if (!heading || heading === given) return;
      if (given ? document.activeElement !== document.body : heading.textContent === before) return;
      const isTyping = document.activeElement?.closest("section input, section textarea");
      if (isTyping && document.querySelector(".stMain")?.contains(isTyping)) return;
      given = heading;
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    });
    watching.observe(document.body, { childList: true, subtree: true, characterData: true });
    setTimeout(((held) => () => held.disconnect())(watching), PATIENCE_MS);
  }
  for (const done of ["keydown", "pointerdown"]) {
    addEventListener(done, () => watching?.disconnect(), { capture: true });
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
