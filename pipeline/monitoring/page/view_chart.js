/** Charts of curves over the steps or the time, which zoom and move their cursor together. */

import { h, s, setText } from "./view_dom.js";
import { count, seconds } from "./view_figures.js";
import { extent, nearest, scale, ticks } from "./view_scale.js";

const MARGIN = { top: 8, right: 12, bottom: 24, left: 52 };

/** Colours of the style sheet; further curves are dashed. */
const COLOR_COUNT = 10;

/** Pixels that a pointer moves before it selects a range. */
const DRAG_PIXELS = 6;

/** Curves that are all named at the cursor; of more, only the nearest one. */
const MAX_NAMED = 3;

const KEYS = "Drag to zoom. Keys: arrows move the cursor, plus and minus zoom, 0 shows all.";

/** What charts of a page share. */
export class ChartGroup {
  /** "step" or "seconds". */
  axis = "step";
  /** The zoom; undefined for all. */
  range;
  /** The range of the data. */
  all = [0, 1];
  cursor;
  charts = [];
  #onZoom;

  /** @param onZoom Called after the range or the axis has changed */
  constructor(onZoom) {
    this.#onZoom = onZoom;
  }

  get shown() {
    return this.range ?? this.all;
  }

  /** Parameters of requests for the shown part. */
  get query() {
    const buckets = Math.min(1000, Math.round(innerWidth / 2.5));
    const [from, to] = this.range ?? [];
    return from === undefined
      ? { axis: this.axis, buckets }
      : { axis: this.axis, buckets, from, to };
  }

  setAxis(axis) {
    this.axis = axis;
    this.zoom(undefined);
  }

  zoom(range) {
    const [low, high] = this.all;
    const [from, to] = range ?? this.all;
    this.range = from <= low && to >= high ? undefined : [Math.max(low, from), Math.min(high, to)];
    this.cursor = undefined;
    this.draw();
    this.#onZoom();
  }

  /** Zooms by a factor around the cursor. */
  scale(factor) {
    const [low, high] = this.shown;
    const middle = this.cursor ?? (low + high) / 2;
    if (factor < 1 && (high - low) * factor < (this.axis === "step" ? 2 : 1e-3)) return;
    this.zoom([middle - (middle - low) * factor, middle + (high - middle) * factor]);
  }

  setCursor(x, y, chart) {
    this.cursor = x;
    for (const one of this.charts) one.showCursor(one === chart ? y : undefined);
  }

  draw() {
    for (const chart of this.charts) chart.draw();
  }

  xText(x) {
    return this.axis === "step" ? `step ${count(x)}` : seconds(x);
  }
}

/** A chart; `set` gives it its curves. */
export class Chart {
  element;
  #group;
  #options;
  #series = [];
  #svg;
  #axes = s("g", { class: "axes" });
  #curves = s("g");
  #cursor = s("line", { class: "cursor", y1: MARGIN.top });
  #selection = s("rect", { class: "selection", y: MARGIN.top });
  #dots = s("g");
  #reading = h("span", { class: "reading" });
  #clip;
  #width = 0;
  #x;
  #y;

  /**
   * @param options.title Name and unit of the values
   * @param options.format Writes a value
   * @param options.isLog Whether the values have a log scale
   * @param options.height In pixels
   */
  constructor(group, options) {
    this.#group = group;
    this.#options = { height: 220, isLog: false, fromZero: true, ...options };
    group.charts.push(this);
    const id = `clip${group.charts.length}`;
    this.#clip = s("rect", { x: MARGIN.left, y: 0 });
    this.#svg = s(
      "svg",
      {
        height: this.#options.height,
        width: 10,
        tabindex: 0,
        role: "img",
        "aria-label": `${options.title}. ${KEYS}`,
      },
      s("clipPath", { id }, this.#clip),
      this.#axes,
      s("g", { "clip-path": `url(#${id})` }, this.#selection, this.#curves, this.#dots),
      this.#cursor,
    );
    const title = h("figcaption", {}, h("b", {}, options.title), this.#reading);
    this.element = h("figure", { class: "chart" }, title, this.#svg);
    this.#listen();
    new ResizeObserver(() => {
      if (this.element.clientWidth !== this.#width) this.draw();
    }).observe(this.element);
  }

  set isLog(isLog) {
    this.#options.isLog = isLog;
    this.draw();
  }

  /**
   * @param series Curves with `name`, `color` (0, 1, ...), `step`, `seconds`, `value` and `kind`:
   * "line", "pale" or "dots"; `best` is the step of a marked dot
   */
  set(series) {
    this.#series = series;
    this.draw();
  }

  draw() {
    this.#width = this.element.clientWidth;
    if (this.#width === 0) return;
    const { height, isLog, fromZero } = this.#options;
    const right = this.#width - MARGIN.right;
    const bottom = height - MARGIN.bottom;
    const [low, high] = this.#group.shown;
    const values = this.#series.map((one) => this.#visible(one, low, high));
    const [least, largest] = extent(values, isLog, fromZero);
    this.#x = scale(low, high, MARGIN.left, right, false);
    this.#y = scale(least, largest, bottom, MARGIN.top, isLog);
    this.#svg.setAttribute("width", this.#width);
    set(this.#clip, { width: Math.max(0, right - MARGIN.left + 6), height: bottom + 4 });
    set(this.#cursor, { y2: bottom });
    set(this.#selection, { height: bottom - MARGIN.top, width: 0 });
    this.#drawAxes([low, high], [least, largest], right, bottom);
    this.#drawCurves();
    this.showCursor();
  }

  /** Shows the cursor of the group, and the values of the curves there. */
  showCursor(y) {
    const { cursor } = this.#group;
    this.#cursor.classList.toggle("on", cursor !== undefined);
    if (cursor === undefined || this.#x === undefined) return setText(this.#reading, "");
    const x = this.#x(cursor);
    set(this.#cursor, { x1: x, x2: x });
    const read = this.#series.flatMap((one) => {
      const place = nearest(one[this.#group.axis], cursor);
      const value = place < 0 ? null : one.value[place];
      return value === null ? [] : [{ one, value }];
    });
    const named = read.length <= MAX_NAMED || y === undefined
      ? read.slice(0, MAX_NAMED)
      : read.sort((a, b) => Math.abs(this.#y(a.value) - y) - Math.abs(this.#y(b.value) - y))
        .slice(0, 1);
    const texts = named.map(({ one, value }) => {
      const text = this.#options.format(value);
      return one.name === "" ? text : `${one.name} ${text}`;
    });
    setText(this.#reading, [this.#group.xText(cursor), ...texts].join(" \u00b7 "));
  }

  /** Emphasises the curves of a name; undefined for none. */
  emphasise(name) {
    for (const [k, { name: own }] of this.#series.entries()) {
      for (const part of [this.#curves, this.#dots]) {
        part.children[k]?.classList.toggle("dim", name !== undefined && own !== name);
      }
    }
  }

  /** The values in a range, and the next one on each side. */
  #visible(one, low, high) {
    const xs = one[this.#group.axis];
    let first = 0;
    while (first < xs.length - 1 && xs[first + 1] < low) first++;
    let last = xs.length;
    while (last > 1 && xs[last - 2] > high) last--;
    return one.value.slice(first, last);
  }

  #drawAxes([low, high], [least, largest], right, bottom) {
    const { format, isLog } = this.#options;
    const { axis } = this.#group;
    const parts = [];
    for (const value of ticks(least, largest, 4, isLog)) {
      const y = this.#y(value);
      parts.push(
        s("line", { class: "grid", x1: MARGIN.left, x2: right, y1: y, y2: y }),
        s("text", { x: MARGIN.left - 8, y, class: "y" }, format(value)),
      );
    }
    const wanted = Math.max(2, Math.floor((right - MARGIN.left) / 110));
    for (const value of ticks(low, high, wanted, false)) {
      if (axis === "step" && !Number.isInteger(value)) continue;
      const text = axis === "step" ? count(value) : seconds(value);
      const x = this.#x(value);
      const place = x > right - 4 * text.length ? "x last" : "x";
      parts.push(s("text", { x: Math.min(x, right), y: bottom + 17, class: place }, text));
    }
    parts.push(s("line", { class: "base", x1: MARGIN.left, x2: right, y1: bottom, y2: bottom }));
    this.#axes.replaceChildren(...parts);
  }

  #drawCurves() {
    const lines = [];
    const dots = [];
    for (const { color, kind, best, ...one } of this.#series) {
      const style = `c${color % COLOR_COUNT}${color >= COLOR_COUNT ? " dashed" : ""}`;
      const d = this.#path(one);
      lines.push(s("path", { class: `curve ${kind} ${style}`, d }));
      const group = s("g", { class: style });
      if (kind === "dots") this.#addDots(group, one, best);
      dots.push(group);
    }
    this.#curves.replaceChildren(...lines);
    this.#dots.replaceChildren(...dots);
  }

  #addDots(group, one, best) {
    const xs = one[this.#group.axis];
    const isSparse = xs.length < 60;
    for (let k = 0; k < xs.length; k++) {
      const isBest = one.step[k] === best;
      if (one.value[k] === null || !isSparse && !isBest) continue;
      const place = { cx: this.#x(xs[k]), cy: this.#y(one.value[k]) };
      if (Number.isFinite(place.cy)) {
        group.append(
          s("circle", { ...place, r: isBest ? 5 : 2.5, class: isBest ? "best" : "dot" }),
        );
      }
    }
  }

  #path(one) {
    const xs = one[this.#group.axis];
    const { isLog } = this.#options;
    const parts = [];
    let isPen = false;
    for (let k = 0; k < xs.length; k++) {
      const value = one.value[k];
      if (value === null || isLog && value <= 0) {
        isPen = false;
        continue;
      }
      parts.push(`${isPen ? "L" : "M"}${this.#x(xs[k]).toFixed(1)} ${this.#y(value).toFixed(1)}`);
      isPen = true;
    }
    return parts.join("");
  }

  #listen() {
    const svg = this.#svg;
    let start;
    const at = (event) => {
      const box = svg.getBoundingClientRect();
      const x = event.clientX - box.left;
      return Math.min(this.#width - MARGIN.right, Math.max(MARGIN.left, x));
    };
    const select = (from, to) =>
      set(this.#selection, { x: Math.min(from, to), width: Math.abs(to - from) });
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch") return;
      start = at(event);
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointermove", (event) => {
      const x = at(event);
      if (start !== undefined) select(start, x);
      const box = svg.getBoundingClientRect();
      this.#group.setCursor(this.#x.invert(x), event.clientY - box.top, this);
    });
    svg.addEventListener("pointerup", (event) => {
      const from = start;
      start = undefined;
      if (from === undefined) return;
      const x = at(event);
      select(x, x);
      if (Math.abs(x - from) < DRAG_PIXELS) return;
      this.#group.zoom([this.#x.invert(Math.min(from, x)), this.#x.invert(Math.max(from, x))]);
    });
    svg.addEventListener("pointerleave", () => this.#group.setCursor(undefined));
    svg.addEventListener("dblclick", () => this.#group.zoom(undefined));
    svg.addEventListener("keydown", (event) => this.#onKey(event));
    svg.addEventListener("blur", () => this.#group.setCursor(undefined));
  }

  #onKey(event) {
    const group = this.#group;
    const [low, high] = group.shown;
    const move = (part) => {
      const x = (group.cursor ?? (low + high) / 2) + part * (high - low);
      group.setCursor(Math.min(high, Math.max(low, x)), undefined, this);
    };
    const actions = {
      ArrowLeft: () => move(-0.02),
      ArrowRight: () => move(0.02),
      "+": () => group.scale(0.5),
      "=": () => group.scale(0.5),
      "-": () => group.scale(2),
      "0": () => group.zoom(undefined),
      Escape: () => group.zoom(undefined),
    };
    const action = actions[event.key];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  }
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

/** The range of some curves on the axis of a group. */
export function rangeOf(group, series) {
  const ends = series.map((one) => one[group.axis].at(-1)).filter((end) => end !== undefined);
  const starts = series.map((one) => one[group.axis][0]).filter((start) => start !== undefined);
  if (ends.length === 0) return [0, 1];
  const low = group.axis === "seconds" ? Math.min(...starts) : Math.min(0, ...starts);
  return [low, Math.max(low + 1, ...ends)];
}

/** A small curve without axes. */
export function spark(values, width = 120, height = 30) {
  const known = values.filter((value) => value > 0);
  const svg = s("svg", {
    class: "spark",
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  if (known.length < 2) return svg;
  const y = scale(Math.min(...known), Math.max(...known), height - 2, 2, true);
  const x = scale(0, values.length - 1, 1, width - 1, false);
  const points = values.flatMap((value, k) =>
    value > 0 ? [`${x(k).toFixed(1)},${y(value).toFixed(1)}`] : []
  );
  svg.append(s("polyline", { points: points.join(" ") }));
  return svg;
}
