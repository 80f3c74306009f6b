/** The list of all runs of the folder. */

import { spark } from "./view_chart.js";
import { address, getJson, h, setText } from "./view_dom.js";
import { count, moment, number, percent, STATES, stepsText, timeText } from "./view_figures.js";

/** Runs above which a field filters them. */
const MAX_UNFILTERED = 6;

/** Fills the page. @returns Updates it */
export function listPage(main) {
  const rows = new Map();
  const groups = h("div");
  const filter = h("input", {
    type: "search",
    placeholder: "Filter runs",
    "aria-label": "Filter runs by name, title or state",
    oninput: () => show(),
  });
  const compare = h("a", { class: "button", role: "link" });
  const bar = h("div", { class: "bar" }, h("h1", {}, "Runs"), filter, compare);
  let runs = [];
  let leftOutCount = 0;

  function show() {
    filter.hidden = runs.length <= MAX_UNFILTERED;
    const words = filter.value.toLowerCase().split(/\s+/);
    const shown = runs.filter(({ path, title, state }) =>
      words.every((word) => `${path} ${title} ${state}`.toLowerCase().includes(word))
    );
    const byGroup = Map.groupBy(shown, ({ path }) => groupOf(path));
    const parts = [...byGroup].sort(([, a], [, b]) => b[0].started < a[0].started ? -1 : 1)
      .map(([group, members]) => groupPart(group, members));
    if (leftOutCount > 0) parts.push(leftOutPart(leftOutCount));
    if (runs.length > 0 && shown.length === 0) parts.push(h("p", { class: "empty" }, "No match."));
    const { activeElement } = document;
    groups.replaceChildren(...parts);
    // Moving an element takes the focus from it.
    if (activeElement?.isConnected) activeElement.focus();
    showCompare();
  }

  function groupPart(group, members) {
    const link = members.length > 1 &&
      h("a", { href: address("/compare", members.map(({ path }) => ["run", path])) }, "compare");
    const heading = (group !== "" || members.length > 1) &&
      h("h2", { class: "group" }, group === "" ? "In this folder" : group, link);
    return h(
      "section",
      {},
      heading,
      h("ul", { class: "runs" }, members.map(({ path }) => rows.get(path).element)),
    );
  }

  function showCompare() {
    const chosen = runs.filter(({ path }) => rows.get(path).isChosen()).map(({ path }) => path);
    compare.hidden = chosen.length < 2;
    compare.href = address("/compare", chosen.map((path) => ["run", path]));
    setText(compare, `Compare ${chosen.length} runs`);
  }

  return async (changed) => {
    const answer = await getJson("/api/runs");
    setText(document.querySelector("#folder"), answer.folder);
    leftOutCount = answer.leftOutCount;
    runs = answer.runs.sort((a, b) => rank(a) - rank(b) || (a.started < b.started ? 1 : -1));
    for (const run of runs) {
      if (!rows.has(run.path)) rows.set(run.path, row(run.path, showCompare));
      rows.get(run.path).update(run);
    }
    if (main.firstChild !== bar) main.replaceChildren(bar, groups);
    show();
    if (runs.length === 0) groups.replaceChildren(emptyPart(answer.folder));
    const live = runs.filter(({ state }) => state === "running").length;
    document.title = live > 0 ? `${live} running \u00b7 Haloflow` : "Haloflow runs";
    return changed;
  };
}

/** Running ones first. */
function rank({ state }) {
  return state === "running" ? 0 : 1;
}

/** The folder of a run below the root, such as that of a batch. */
function groupOf(path) {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

function leftOutPart(runCount) {
  const text = `${count(runCount)} more runs are not shown: view a folder with fewer.`;
  return h("p", { class: "note" }, text);
}

function emptyPart(folder) {
  return h(
    "div",
    { class: "empty" },
    h("p", {}, `There are no runs in \u201c${folder}\u201d yet.`),
    h("p", {}, "Start one with ", h("code", {}, "deno task pipeline darcy"), ": it appears here."),
  );
}

function row(path, onChoose) {
  const box = h("input", {
    type: "checkbox",
    "aria-label": `Choose ${path} to compare`,
    onchange: onChoose,
  });
  const name = h("a", { class: "name", href: address("/run", { run: path }) }, baseName(path));
  const state = h("span", { class: "state" });
  const title = h("span", { class: "muted" });
  const curve = h("span", { class: "curve" });
  const progress = h("progress", { max: 1, value: 0, "aria-label": "Steps" });
  const [steps, time, loss, validation] = Array.from({ length: 4 }, () => h("span"));
  const element = h(
    "li",
    { class: "run" },
    box,
    h("div", { class: "what" }, h("div", {}, name, state), title),
    curve,
    h("div", { class: "progress" }, progress, h("div", { class: "small" }, steps, time)),
    h("div", { class: "figure" }, loss, h("small", {}, "loss")),
    h("div", { class: "figure" }, validation, h("small", {}, "validation")),
  );
  let version;
  return {
    element,
    isChosen: () => box.checked,
    update(run) {
      setText(time, timeText(run));
      if (run.version === version) return;
      version = run.version;
      showState(state, run);
      setText(
        title,
        run.state === "unreadable" ? run.message : `${run.title}, ${moment(run.started)}`,
      );
      curve.replaceChildren(spark(run.spark));
      progress.value = run.steps
        ? Math.min(1, run.step / run.steps)
        : run.state === "finished"
        ? 1
        : 0;
      setText(steps, stepsText(run));
      setText(loss, number(run.smoothedLoss));
      setText(validation, percent(run.best?.relativeL2));
      element.title = run.damagedCount > 0
        ? `${count(run.damagedCount)} lines of the log are damaged`
        : "";
    },
  };
}

/** Shows the state of a run as a word with a colour. */
export function showState(element, { state }) {
  element.className = `state ${state}`;
  setText(element, STATES[state]);
}

/** The last part of a path. */
export function baseName(path) {
  return path.split("/").at(-1);
}
