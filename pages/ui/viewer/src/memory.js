// What a person has chosen for a scan (slice, window, zoom, pan), kept from page to page.

const PREFIX = "arn-view-";
const views = new Map();
const viewers = new Map(); // those on the screen, by what they show

export function recall(key) {
  if (!views.has(key)) {
    try {
      views.set(key, JSON.parse(sessionStorage.getItem(PREFIX + key)) ?? {});
    } catch {
      views.set(key, {});
    }
  }
  return views.get(key);
}

export function note(key, change) {
  const view = Object.assign(recall(key), change);
  try {
    sessionStorage.setItem(PREFIX + key, JSON.stringify(view));
  } catch {
    // A browser that keeps nothing still keeps it until the tab is loaded anew.
  }
}

export function join(key, viewer) {
  if (!viewers.has(key)) viewers.set(key, new Set());
  viewers.get(key).add(viewer);
}

export function leave(key, viewer) {
  viewers.get(key)?.delete(viewer);
}

export const others = (key, viewer) => [...(viewers.get(key) ?? [])].filter((other) => other !== viewer);
