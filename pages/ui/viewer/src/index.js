// The component as Streamlit calls it: once when it is mounted, again with every change of data.
import { Viewer, fetchFirst, ready } from "./viewer.js";

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

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.host ?? parentElement;
  if (!data || !hasWebGL()) return () => {}; // the picture that the page drew goes on standing
  fetchFirst(data);
  const tell = (name, value) => setTriggerValue(name, value);
  let viewer = shown.get(parentElement);
  if (!viewer) {
    viewer = new Viewer(parentElement);
    shown.set(parentElement, viewer);
  }
  viewer
    .show(data, tell)
    .then(() => {
      host.dataset.arnViewer = "ready"; // the page's own picture makes room by a style rule
    })
    .catch((error) => {
      delete host.dataset.arnViewer;
      viewer.fail(error);
    });
  return () => {
    delete host.dataset.arnViewer;
    shown.delete(parentElement);
    viewer.close();
  };
}
