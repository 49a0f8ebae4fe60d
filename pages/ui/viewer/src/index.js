// The component as Streamlit calls it: once when it is mounted, again with every change of data.
import { Viewer, fetchFirst, ready } from "./viewer.js";

const REST_MS = 500; // in which the other pictures of a page come
const shown = new WeakMap();

let drawsWebGL; // asked once: each time makes a context

function hasWebGL() {
  try {
    drawsWebGL ??= Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    drawsWebGL = false;
  }
  return drawsWebGL;
}

// What takes its time and waits for no scan; the page calls it while nothing else is to be done.
export function prepare() {
  if (hasWebGL()) ready();
}

// Resolves once an element can be seen, or nearly, and the page has come to rest: a page of many
// asks for no pixels in vain, and stands as soon as it would without them.
const inSight = (element) =>
  new Promise((done) => {
    const watch = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watch.disconnect();
      setTimeout(() => (window.requestIdleCallback ?? setTimeout)(done), REST_MS);
    }, { rootMargin: "200px" });
    watch.observe(element);
  });

// What the page says of a scan is painted before the viewer takes the browser's time for itself.
const afterPaint = (work) => requestAnimationFrame(() => setTimeout(work));

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.host ?? parentElement;
  if (!data || !hasWebGL()) return () => {}; // the picture that the page drew goes on standing
  const tell = (name, value) => setTriggerValue(name, value);
  let isClosed = false;
  const begin = () => {
    if (isClosed) return;
    fetchFirst(data);
    const viewer = shown.get(parentElement) ?? new Viewer(parentElement);
    shown.set(parentElement, viewer);
    viewer
      .show(data, tell)
      .then(() => {
        host.dataset.arnViewer = "ready"; // the page's own picture makes room by a style rule
      })
      .catch((error) => {
        delete host.dataset.arnViewer;
        viewer.fail(error);
      });
  };
  if (shown.has(parentElement)) begin();
  else if (data.isOneOfMany) inSight(host).then(begin);
  else {
    fetchFirst(data);
    afterPaint(begin);
  }
  return () => {
    isClosed = true;
    delete host.dataset.arnViewer;
    shown.get(parentElement)?.close();
    shown.delete(parentElement);
  };
}
