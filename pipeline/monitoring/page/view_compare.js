/** The page that compares runs. */

import { Chart, ChartGroup, rangeOf } from "./view_chart.js";
import { address, choice, commandLine, getJson, h, s } from "./view_dom.js";
import {
  count,
  number,
  optionText,
  percent,
  round,
  roundPercent,
  seconds,
  spreadText,
  STATES,
} from "./view_figures.js";
import { difference, seedGroups } from "./view_groups.js";
import { baseName, showState } from "./view_list.js";
import { validationSeries } from "./view_run.js";
import { refresh } from "./view_updates.js";

/** Columns of figures: title, value to sort by, text. */
const FIGURES = [
  ["best validation", ({ best }) => best?.relativeL2, percent],
  ["at step", ({ best }) => best?.step, count],
  ["test", ({ testL2 }) => testL2, percent],
  ["loss", ({ smoothedLoss }) => smoothedLoss, number],
  ["steps", ({ step }) => step, count],
  ["time", (run) => run.seconds, seconds],
];

/** Fills the page. @returns Updates it */
export function comparePage(main, parameters) {
  const chosen = [...new Set(parameters.getAll("run"))];
  /** Without a choice, all runs of the folder, in the order in which they appear. */
  let paths = chosen;
  const group = new ChartGroup(refresh);
  const loss = new Chart(group, {
    title: "Loss, smoothed",
    format: round,
    isLog: true,
    fromZero: false,
    height: 320,
  });
  const validation = new Chart(group, {
    title: "Validation, relative L2",
    format: roundPercent,
    height: 320,
  });
  const reset = h("button", { type: "button", onclick: () => group.zoom(undefined) }, "Show all");
  const bar = h(
    "div",
    { class: "bar controls" },
    h("h1", {}, "Compare"),
    choice("Horizontal axis", { step: "Steps", seconds: "Time" }, "step", (axis) => {
      group.setAxis(axis);
    }),
    choice("Vertical axes", { log: "Log", linear: "Linear" }, "log", (kind) => {
      loss.isLog = kind === "log";
    }),
    reset,
  );
  const best = h("section", { class: "best" });
  const results = h("section");
  const seeds = h("section");
  const crumb = h("p", { class: "crumb" }, h("a", { href: "/" }, "Runs"), " / compare");
  const runs = new Map();
  const sort = { column: "best validation", isDescending: false };
  const emphasise = (name) => {
    for (const chart of [loss, validation]) chart.emphasise(name);
  };

  function show() {
    const list = paths.map((path) => runs.get(path)).filter(Boolean);
    const series = list.map((run) => ({
      name: nameOf(run, list),
      color: paths.indexOf(run.path),
      kind: "line",
      ...run.curves.smoothedLoss,
    }));
    if (group.range === undefined) group.all = rangeOf(group, series);
    reset.hidden = group.range === undefined;
    loss.set(series);
    const validated = list.filter(({ validations }) => validations.length > 0);
    validation.element.hidden = validated.length === 0;
    validation.set(
      validated.map((run) =>
        validationSeries(run, { name: nameOf(run, list), color: paths.indexOf(run.path) })
      ),
    );
    showBest(best, bestOf(list), list);
    results.replaceChildren(resultsTable(list, paths, sort, show, emphasise));
    const groups = seedGroups(list).filter(({ members }) => members.length > 1);
    seeds.hidden = groups.length === 0;
    seeds.replaceChildren(h("h2", {}, "Over seeds"), seedsTable(groups, list));
  }

  return async (changed) => {
    const known = chosen.length > 0 ? chosen : [...changed ?? []];
    const stale = known.filter((path) => changed === undefined || changed.has(path));
    if (changed !== undefined && stale.length === 0) return;
    const query = [...stale.map((path) => ["run", path]), ...Object.entries(group.query)];
    for (const run of await getJson(address("/api/compare", query))) runs.set(run.path, run);
    if (chosen.length === 0) paths = [...runs.keys()];
    if (runs.size === 0) {
      main.replaceChildren(crumb, h("p", { class: "empty" }, "None of these runs exists."));
      return;
    }
    if (!main.contains(bar)) {
      const charts = h("div", { class: "charts large" }, loss.element, validation.element);
      main.replaceChildren(crumb, bar, charts, best, results, seeds);
    }
    show();
    document.title = `Compare ${runs.size} runs \u00b7 Haloflow`;
  };
}

/** The run with the lowest validation error; undefined if none was validated. */
function bestOf(runs) {
  const validated = runs.filter(({ best }) => typeof best?.relativeL2 === "number");
  return validated.toSorted((a, b) => a.best.relativeL2 - b.best.relativeL2)[0];
}

/** The last part of the path, or all of it where two runs share that part. */
function nameOf({ path }, runs) {
  const name = baseName(path);
  return runs.filter((other) => baseName(other.path) === name).length > 1 ? path : name;
}

function showBest(element, run, runs) {
  element.hidden = run === undefined;
  if (run === undefined) return;
  const key = `${run.path} ${run.best.relativeL2} ${run.state}`;
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  const state = run.state === "running" ? " so far" : "";
  element.replaceChildren(
    h(
      "p",
      {},
      h("b", {}, `Best${state}: ${nameOf(run, runs)}`),
      `, ${percent(run.best.relativeL2)} on the validation samples after step ` +
        `${count(run.best.step)}. Predict with it:`,
    ),
    commandLine(run.predict),
  );
}

function resultsTable(runs, paths, sort, show, emphasise) {
  const options = difference(runs);
  const columns = [
    ["run", (run) => run.path, String],
    ["state", (run) => run.state, (state) => STATES[state]],
    ...FIGURES,
    ...options.map((name) => [name, (run) => run.options[name], optionText]),
  ];
  const [, value] = columns.find(([name]) => name === sort.column) ?? columns[2];
  const sorted = runs.toSorted((a, b) => compareValues(value(a), value(b), sort.isDescending));
  const heads = columns.map(([name]) => headCell(name, sort, show));
  const best = bestOf(runs);
  const rows = sorted.map((run) => {
    const cells = columns.slice(2).map(([, of, format]) => longCell(format(of(run))));
    const state = h("span");
    showState(state, run);
    const link = h("a", { href: address("/run", { run: run.path }) }, nameOf(run, runs));
    return h(
      "tr",
      {
        class: run === best ? "is-best" : "",
        onpointerenter: () => emphasise(nameOf(run, runs)),
        onpointerleave: () => emphasise(undefined),
      },
      h("th", { scope: "row" }, swatch(paths.indexOf(run.path)), link, run === best && badge()),
      h("td", {}, state),
      cells,
    );
  });
  const { activeElement } = document;
  const focused = activeElement?.dataset?.column;
  const table = h(
    "table",
    { class: "results" },
    h("thead", {}, h("tr", {}, heads)),
    h("tbody", {}, rows),
  );
  if (focused !== undefined) {
    queueMicrotask(() => table.querySelector(`[data-column="${CSS.escape(focused)}"]`)?.focus());
  }
  return h("div", { class: "scroll" }, table);
}

function headCell(name, sort, show) {
  const isSorted = sort.column === name;
  const direction = isSorted ? sort.isDescending ? "descending" : "ascending" : undefined;
  const button = h("button", {
    type: "button",
    class: "sort",
    "data-column": name,
    onclick() {
      sort.isDescending = isSorted && !sort.isDescending;
      sort.column = name;
      show();
    },
  }, name);
  return h("th", { scope: "col", "aria-sort": direction }, button);
}

/** Ascending, missing values last in both directions. */
function compareValues(a, b, isDescending) {
  const missing = [a, b].map((value) => value === null || value === undefined);
  if (missing[0] || missing[1]) return Number(missing[0]) - Number(missing[1]);
  const order = typeof a === "number" && typeof b === "number"
    ? a - b
    : String(optionText(a)).localeCompare(String(optionText(b)), "en", { numeric: true });
  return isDescending ? -order : order;
}

function seedsTable(groups, runs) {
  const options = difference(runs);
  const sorted = groups.toSorted((a, b) =>
    compareValues(a.validation?.mean, b.validation?.mean, false)
  );
  const heads = ["runs", "seeds", "best validation", "test", ...options]
    .map((name) => h("th", { scope: "col" }, name));
  const rows = sorted.map(({ name, members, validation, test }) => {
    const values = options.map((option) => longCell(optionText(members[0].options[option])));
    return h(
      "tr",
      {},
      h("th", { scope: "row", class: "long", title: name }, name),
      h("td", {}, count(members.length)),
      h("td", {}, spreadText(validation)),
      h("td", {}, spreadText(test)),
      values,
    );
  });
  return h(
    "div",
    { class: "scroll" },
    h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows)),
  );
}

/** A cell that shows the start of a long text, and all of it under the pointer. */
function longCell(text) {
  return h("td", { class: "long", title: text }, text);
}

function swatch(index) {
  const line = s("line", { x1: 0, x2: 18, y1: 5, y2: 5, class: "curve line" });
  const style = `swatch c${index % 10}${index >= 10 ? " dashed" : ""}`;
  return s("svg", { width: 18, height: 10, class: style, "aria-hidden": "true" }, line);
}

function badge() {
  return h("span", { class: "badge" }, "best");
}
