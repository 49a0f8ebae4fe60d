import { Enums, RenderingEngine, init, utilities } from "@cornerstonejs/core";
import {
  Enums as ToolEnums,
  PanTool,
  StackScrollTool,
  ToolGroupManager,
  WindowLevelTool,
  ZoomTool,
  addTool,
  init as initTools,
} from "@cornerstonejs/tools";

import { join, leave, note, others, recall } from "./memory.js";
import { bar, drawn } from "./overlay.js";
import { about, ahead, ask, imageId, start } from "./pixels.js";
import style from "./style.css";

const { Events } = Enums;
const { MouseBindings } = ToolEnums;
const TOOLS = { Window: WindowLevelTool, Pan: PanTool, Zoom: ZoomTool };
const ZOOM_STEP = 1.25, PAN_STEP = 40; // of a key
const BAR_SHARE = 0.3; // of the picture's width that a scale bar takes at most
// px: below the viewer, and of a picture with a map, one without, and one without its tools in view.
const MARGIN = 10, LEAST_WITH_MAP = 300, LEAST = 180, SMALLEST = 180;
const OPACITY = "--arn-opacity"; // the page's slider sets it, without the server
const KEYS =
  "Keys: up and down change the slice, or move the picture where there is one only; shift and arrows move it; " +
  "plus and minus zoom; R resets; F fills the screen.";
let engine, number = 0;

export function ready() {
  if (engine) return;
  init({ rendering: { webGlContextCount: 1 } });
  initTools();
  start();
  [...Object.values(TOOLS), StackScrollTool].forEach(addTool);
  engine = new RenderingEngine("arn");
}

function part(tag, attributes = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (name in made && typeof value !== "string") made[name] = value;
    else made.setAttribute(name, value);
  made.append(...inside);
  return made;
}

const round = (value) => {
  const digits = Math.abs(value) < 10 && !Number.isInteger(value) ? 3 : Number.isInteger(value) ? 0 : 1;
  return value.toFixed(digits).replace("-", "−");
};

const same = (one, other) =>
  Math.abs(one.lower - other.lower) < 1e-3 && Math.abs(one.upper - other.upper) < 1e-3;

// The slice to begin with: the case in view, or the one that was looked at last.
function first(data) {
  if (data.at !== undefined && recall(data.key).at !== data.at)
    note(data.key, { at: data.at, index: data.index });
  return Math.min(recall(data.key).index ?? data.index, data.count - 1);
}

export const fetchFirst = (data) => ask(imageId(data.stack, first(data)));

export class Viewer {
  constructor(parent) {
    ready();
    this.id = `viewer-${++number}`;
    this.parent = parent;
    this.marks = Object.fromEntries(
      ["left", "right", "top", "bottom", "value", "window", "slice", "scale"].map((name) => [
        name,
        part("span", { class: name }),
      ]),
    );
    this.canvas = part("div", { class: "canvas" });
    this.map = part("canvas", { class: "map" });
    this.stage = part("div", { class: "stage" }, this.canvas, this.map,
      part("div", { class: "marks", "aria-hidden": "true" }, ...Object.values(this.marks)));
    this.bar = part("div", { class: "bar", role: "toolbar", "aria-label": "Viewer" });
    this.legend = part("div", { class: "bar", role: "group", "aria-label": "Map", hidden: true });
    this.trouble = part("div", { class: "trouble", role: "alert", hidden: true });
    this.root = part("div", { class: "viewer", role: "group", tabindex: "0" },
      this.stage, this.legend, this.bar, this.trouble);
    this.parent.append(part("style", {}, style), this.root);
    this.canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    this.root.addEventListener("keydown", (event) => this.onKey(event));
    this.stage.addEventListener("pointermove", (event) => this.onPointer(event));
    this.stage.addEventListener("pointerleave", () => (this.marks.value.textContent = ""));
    this.stage.addEventListener("dblclick", () => this.fill());
    this.sized = new ResizeObserver(() => this.onSize());
    const host = this.parent.host ?? this.parent;
    this.page = host.closest(".stMain");
    this.moved = new ResizeObserver(() => this.fit());
    this.root.addEventListener("fullscreenchange", () => this.takeOpacity());
  }

  get viewport() {
    return engine.getViewport(this.id);
  }

  async show(data, tell) {
    this.tell = tell;
    const before = this.data;
    this.data = data;
    this.root.setAttribute("aria-label", `${data.label} ${KEYS}`);
    this.root.style.setProperty("--height", `${data.height}px`);
    if (!this.isEnabled) this.enable();
    const isNew = !before || before.stack !== data.stack || before.key !== data.key;
    if (isNew) {
      if (before) leave(before.key, this);
      join(data.key, this);
      this.isSettling = true;
      const index = first(data);
      const ids = Array.from({ length: data.count }, (_, i) => imageId(data.stack, i));
      await this.viewport.setStack(ids, index);
      this.unit = this.told.unit;
      this.takeView();
      this.isSettling = false;
      this.drawBar();
      ahead(data.stack, index, data.count);
    }
    if (isNew || JSON.stringify(before.map) !== JSON.stringify(data.map)) this.drawLegend();
    this.trouble.hidden = true;
    if (!data.isOneOfMany && this.page) {
      this.fit();
      this.moved.observe(this.page.querySelector(".stMainBlockContainer") ?? this.page);
      this.moved.observe(this.page);
    }
    this.refresh();
  }

  // The picture is as high as can be seen whole without scrolling, with the colour bar and, where
  // that leaves enough of it, the tools. What cannot be seen so anyway gets its full height.
  fit() {
    if (!this.root.isConnected || this.isWhole) return;
    const top = this.root.getBoundingClientRect().top + this.page.scrollTop;
    const room = innerHeight - top - MARGIN - this.legend.offsetHeight;
    const withTools = room - this.bar.offsetHeight, least = this.data.map ? LEAST_WITH_MAP : LEAST;
    const found = withTools >= least ? withTools : room >= SMALLEST ? Math.min(room, least) : 0;
    this.stage.style.height = found ? `${Math.round(Math.min(found, this.data.height))}px` : "";
  }

  get isWhole() {
    return this.root.classList.contains("whole") || this.root.matches(":fullscreen");
  }

  enable() {
    engine.enableElement({
      viewportId: this.id,
      type: Enums.ViewportType.STACK,
      element: this.canvas,
      defaultOptions: { background: [0, 0, 0] },
    });
    this.isEnabled = true;
    this.tools = ToolGroupManager.createToolGroup(this.id);
    for (const tool of [...Object.values(TOOLS), StackScrollTool]) this.tools.addTool(tool.toolName);
    this.tools.addViewport(this.id, engine.id);
    this.useTool(recall("").tool ?? "Window");
    const element = this.canvas;
    element.addEventListener(Events.VOI_MODIFIED, () => this.onWindow());
    element.addEventListener(Events.CAMERA_MODIFIED, () => this.onCamera());
    element.addEventListener(Events.STACK_NEW_IMAGE, () => this.onSlice());
    element.addEventListener(Events.IMAGE_RENDERED, () => this.refresh());
    this.sized.observe(this.stage);
  }

  useTool(name) {
    for (const [each, tool] of Object.entries(TOOLS)) {
      const bindings = { Window: [], Pan: [{ mouseButton: MouseBindings.Auxiliary }, { numTouchPoints: 2 }], Zoom: [{ mouseButton: MouseBindings.Secondary }] }[each];
      if (each === name) bindings.push({ mouseButton: MouseBindings.Primary });
      this.tools.setToolPassive(tool.toolName, { removeAllBindings: true });
      if (bindings.length) this.tools.setToolActive(tool.toolName, { bindings });
    }
    if (this.data.count > 1)
      this.tools.setToolActive(StackScrollTool.toolName, { bindings: [{ mouseButton: MouseBindings.Wheel }] });
    note("", { tool: name });
    for (const button of this.bar.querySelectorAll("[data-tool]"))
      button.setAttribute("aria-pressed", String(button.dataset.tool === name));
  }

  get told() {
    return about(this.viewport.getCurrentImageId());
  }

  // What was chosen for this scan before, on this page or another.
  takeView() {
    const view = recall(this.data.key);
    const { lower, upper } = view.window ?? this.told.windows[0];
    this.viewport.setProperties({ voiRange: { lower, upper } });
    if (view.zoom) this.viewport.setZoom(view.zoom);
    if (view.pan) this.viewport.setPan(view.pan.map((share) => share * this.canvas.clientWidth));
    this.viewport.render();
  }

  setWindow(window) {
    note(this.data.key, { window });
    this.viewport.setProperties({ voiRange: { lower: window.lower, upper: window.upper } });
    this.viewport.render();
  }

  onWindow() {
    if (this.isSettling) return;
    const { lower, upper } = this.viewport.getProperties().voiRange;
    const chosen = recall(this.data.key).window ?? this.told.windows[0];
    if (!same(chosen, { lower, upper })) note(this.data.key, { window: { name: "", lower, upper } });
    this.inStep((other) => other.takeView());
    this.refresh();
  }

  onCamera() {
    if (this.isSettling) return;
    const width = this.canvas.clientWidth || 1;
    note(this.data.key, {
      zoom: this.viewport.getZoom(),
      pan: this.viewport.getPan().map((pixels) => pixels / width),
    });
    this.inStep((other) => other.takeView());
    this.refresh();
  }

  onSlice() {
    if (this.isSettling) return;
    const index = this.viewport.getCurrentImageIdIndex();
    note(this.data.key, { index });
    // Slices that are kept as a picture only have grey levels where the others have values.
    if (this.told.unit !== this.unit) this.setWindow(this.told.windows[0]);
    this.unit = this.told.unit;
    ahead(this.data.stack, index, this.data.count);
    this.inStep((other) => other.goTo(index));
    this.refresh();
  }

  inStep(change) {
    for (const other of others(this.data.key, this)) {
      if (other.isSettling) continue;
      other.isSettling = true;
      Promise.resolve(change(other)).finally(() => {
        other.isSettling = false;
        other.refresh();
      });
    }
  }

  async goTo(index) {
    if (index < 0 || index >= this.data.count) return;
    await this.viewport.setImageIdIndex(index);
  }

  onSize() {
    if (!this.isEnabled || !this.canvas.clientWidth) return;
    this.isSettling = true;
    engine.resize(true, false);
    if (this.told) {
      this.viewport.resetCamera(); // which the engine leaves out while a frame is on its way
      this.takeView();
    }
    this.isSettling = false;
    this.refresh();
  }

  onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches?.("select, input")) return;
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    const isScroll = this.data.count > 1 && !event.shiftKey;
    const index = this.viewport.getCurrentImageIdIndex();
    if (isScroll && (x || y)) this.goTo(index + x + y);
    else if (x || y) this.move(x * PAN_STEP, y * PAN_STEP);
    else if (this.data.count > 1 && event.key === "Home") this.goTo(0);
    else if (this.data.count > 1 && event.key === "End") this.goTo(this.data.count - 1);
    else if (event.key === "+" || event.key === "=") this.zoom(ZOOM_STEP);
    else if (event.key === "-") this.zoom(1 / ZOOM_STEP);
    else if (event.key === "r" || event.key === "R") this.reset();
    else if (event.key === "f" || event.key === "F") this.fill();
    else if (event.key === "Escape" && this.root.classList.contains("whole")) this.fill();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  move(x, y) {
    const [left, top] = this.viewport.getPan();
    this.viewport.setPan([left + x, top + y]);
    this.viewport.render();
  }

  zoom(factor) {
    this.viewport.setZoom(this.viewport.getZoom() * factor);
    this.viewport.render();
  }

  reset() {
    this.isSettling = true;
    note(this.data.key, { zoom: undefined, pan: undefined, window: undefined });
    this.viewport.resetCamera();
    this.takeView();
    this.isSettling = false;
    this.inStep((other) => {
      other.viewport.resetCamera();
      other.takeView();
    });
    this.refresh();
  }

  async fill() {
    if (document.fullscreenElement || this.root.getRootNode().fullscreenElement) await document.exitFullscreen();
    else if (this.root.classList.contains("whole")) this.root.classList.remove("whole");
    else if (this.root.requestFullscreen) await this.root.requestFullscreen().catch(() => this.root.classList.add("whole"));
    else this.root.classList.add("whole");
    this.takeOpacity();
    this.root.focus();
  }

  onPointer(event) {
    const box = this.canvas.getBoundingClientRect();
    this.pointed = [event.clientX - box.left, event.clientY - box.top];
    this.sayValue();
  }

  sayValue() {
    const told = this.told, image = this.viewport.getImageData()?.imageData;
    if (!told || !image || !this.pointed) return;
    const world = this.viewport.canvasToWorld(this.pointed);
    const [column, row] = utilities.transformWorldToIndex(image, world);
    const isInside = column >= 0 && row >= 0 && column < told.columns && row < told.rows;
    this.marks.value.textContent = isInside
      ? `${round(told.values[row * told.columns + column])}${told.unit ? ` ${told.unit}` : ""}  (${column + 1}, ${row + 1})`
      : "";
  }

  // Everything that lies over the picture.
  refresh() {
    const range = this.isEnabled && this.viewport.getProperties().voiRange;
    if (!range || !this.told || !this.viewport.getImageData()) return;
    const { lower, upper } = range;
    const told = this.told, index = this.viewport.getCurrentImageIdIndex();
    // A window of the list is called by its own numbers, which half a value may part from its ends.
    const listed = told.windows.find((window) => same(window, range));
    const width = listed?.width ?? upper - lower, level = listed?.center ?? (upper + lower) / 2;
    this.marks.window.textContent = `W ${round(width)}  L ${round(level)}${told.unit ? ` ${told.unit}` : ""}`;
    const place = `${this.data.noun} ${index + 1} of ${this.data.count}`;
    const isOther = index !== this.data.index;
    this.marks.slice.textContent =
      this.data.count > 1 ? place + (isOther ? `\nThe answer is of ${this.data.noun.toLowerCase()} ${this.data.index + 1}` : "") : "";
    for (const side of ["left", "right", "top", "bottom"]) this.marks[side].textContent = told.marks?.[side] ?? "";
    this.drawScale(told);
    this.placeMap(told);
    this.sayValue();
    if (this.slider) {
      this.slider.value = String(index + 1);
      this.slider.setAttribute("aria-valuetext", place);
    }
    if (this.read) this.read.textContent = this.data.readLabel.replace("#", String(index + 1));
    if (this.read) this.read.hidden = !isOther;
    if (this.presets) {
      this.presets.value = String(told.windows.indexOf(listed));
    }
  }

  corner(column, row) {
    const image = this.viewport.getImageData().imageData;
    return this.viewport.worldToCanvas(utilities.transformIndexToWorld(image, [column, row, 0]));
  }

  drawScale(told) {
    const scale = this.marks.scale;
    scale.hidden = !told.spacing;
    if (!told.spacing) return;
    const [left] = this.corner(0, 0), [right] = this.corner(1, 0);
    const pixels = (right - left) / told.spacing[1]; // of a millimetre
    const most = (BAR_SHARE * this.canvas.clientWidth) / pixels;
    const step = 10 ** Math.floor(Math.log10(most));
    const length = [5, 2, 1].map((times) => times * step).find((each) => each <= most);
    scale.style.width = `${length * pixels}px`;
    scale.textContent = length >= 10 ? `${length / 10} cm` : `${length} mm`;
  }

  placeMap(told) {
    const { clientWidth, clientHeight } = this.stage, sharp = window.devicePixelRatio || 1;
    const isOf = this.viewport.getCurrentImageIdIndex() === this.data.index; // the map's own slice
    this.map.hidden = !this.data.map || !isOf;
    if (this.map.hidden || !this.picture) return;
    this.map.width = clientWidth * sharp;
    this.map.height = clientHeight * sharp;
    const pen = this.map.getContext("2d");
    const [left, top] = this.corner(-0.5, -0.5), [right, bottom] = this.corner(told.columns - 0.5, told.rows - 0.5);
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.imageSmoothingEnabled = this.data.map.smooth;
    pen.drawImage(this.picture, left, top, right - left, bottom - top);
  }

  button(text, press, attributes = {}) {
    const made = part("button", { type: "button", ...attributes }, text);
    made.addEventListener("click", press);
    return made;
  }

  drawBar() {
    const told = this.told;
    this.presets = part("select", { "aria-label": "Window" },
      ...told.windows.map(({ name, label }, place) => part("option", { value: String(place) }, label ?? name)),
      part("option", { value: "-1" }, "As dragged"));
    this.presets.addEventListener("change", () => {
      const chosen = this.told.windows[Number(this.presets.value)];
      if (chosen) this.setWindow(chosen);
    });
    const hints = { Window: "Drag up and down for the level, left and right for the width", Pan: "Drag to move the picture", Zoom: "Drag up and down to zoom" };
    const tools = Object.keys(TOOLS).map((name) =>
      this.button(name, () => this.useTool(name), { "data-tool": name, title: hints[name], "aria-pressed": "false" }));
    const parts = [part("label", {}, "Window ", this.presets), ...tools,
      this.button("+", () => this.zoom(ZOOM_STEP), { "aria-label": "Zoom in", title: "Zoom in (+)" }),
      this.button("−", () => this.zoom(1 / ZOOM_STEP), { "aria-label": "Zoom out", title: "Zoom out (-)" }),
      this.button("Reset", () => this.reset(), { title: "Reset (R)" }),
      this.button("Full screen", () => this.fill(), { title: "Full screen (F)" })];
    this.slider = this.read = null;
    if (this.data.count > 1) {
      this.slider = part("input", { type: "range", min: "1", max: String(this.data.count), step: "1", "aria-label": this.data.noun });
      this.slider.addEventListener("input", () => this.goTo(Number(this.slider.value) - 1));
      parts.push(part("label", { class: "grow" }, this.data.noun, this.slider));
    }
    if (this.data.readLabel) {
      this.read = this.button("", () => this.tell("read", this.viewport.getCurrentImageIdIndex()));
      parts.push(this.read);
    }
    this.bar.replaceChildren(...parts);
    this.useTool(recall("").tool ?? "Window");
  }

  drawLegend() {
    const { map } = this.data;
    this.legend.hidden = !map;
    if (!map) {
      this.legend.replaceChildren();
      return;
    }
    const strip = part("canvas", { "aria-hidden": "true" });
    const change = () => {
      const { threshold = 0 } = recall("map");
      this.picture = drawn(map, threshold);
      bar(strip, map, threshold);
      this.refresh();
    };
    const slide = (label, value, moved, attributes = {}) => {
      const made = part("input", { type: "range", min: "0", max: "1", step: "0.05", "aria-label": label });
      made.value = String(value);
      const say = () => made.setAttribute("aria-valuetext", `${Math.round(made.value * 100)}%`);
      made.addEventListener("input", () => {
        say();
        moved(Number(made.value));
      });
      say();
      return [made, part("label", { class: "grow", ...attributes }, label, made)];
    };
    const [, threshold] = slide("Threshold", recall("map").threshold ?? 0, (value) => {
      note("map", { threshold: value });
      change();
      for (const other of others(this.data.key, this)) other.drawLegend();
    });
    // The page's own slider is out of sight while the viewer fills the screen.
    const [slider, opacity] = slide("Opacity", this.opacity, (value) =>
      this.root.style.setProperty(OPACITY, value), { class: "grow of-whole" });
    this.opacitySlider = slider;
    this.legend.replaceChildren(
      part("div", { class: "colours", role: "img", "aria-label": `Colours from ${map.ends.filter(Boolean).join(" to ")}` },
        part("span", { class: "strip" }, strip),
        part("div", { class: "ends", "aria-hidden": "true" }, ...map.ends.map((end) => part("span", {}, end)))),
      opacity, threshold);
    change();
  }

  get opacity() {
    return Number(getComputedStyle(this.map).opacity);
  }

  // Begins with the page's opacity when the screen is filled, and goes back to it afterwards.
  takeOpacity() {
    this.root.style.removeProperty(OPACITY);
    if (!this.opacitySlider) return;
    this.opacitySlider.value = String(this.opacity);
    this.opacitySlider.setAttribute("aria-valuetext", `${Math.round(this.opacity * 100)}%`);
  }

  fail(error) {
    this.trouble.textContent = `The full picture could not be loaded. ${error.message} Reload the page to try again.`;
    this.trouble.hidden = false;
    this.stage.hidden = this.bar.hidden = true;
  }

  close() {
    this.sized.disconnect();
    this.moved.disconnect();
    if (this.data) leave(this.data.key, this);
    if (this.isEnabled) {
      ToolGroupManager.destroyToolGroup(this.id);
      engine.disableElement(this.id);
    }
    this.isEnabled = false;
    this.root.remove();
  }
}
