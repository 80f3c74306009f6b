/** The page of one run. */

import { Chart, ChartGroup, rangeOf } from "./view_chart.js";
import { address, choice, commandLine, getJson, h, setText } from "./view_dom.js";
import {
  bytes,
  count,
  moment,
  number,
  optionText,
  percent,
  round,
  roundPercent,
  seconds,
  stepsText,
  timeText,
} from "./view_figures.js";
import { showState } from "./view_list.js";
import { refresh } from "./view_updates.js";

/** Charts besides those of the loss and the validation. */
const SMALL_CHARTS = {
  learningRate: { title: "Learning rate", format: round },
  gradientNorm: { title: "Gradient norm", format: round, kind: "thin" },
  stepSeconds: { title: "Time per step", format: seconds },
  memoryBytes: { title: "Memory", format: bytes },
  communicationShare: { title: "Waiting for other ranks", format: roundPercent, kind: "thin" },
  sentBytes: { title: "Sent by rank 0 per step", format: bytes },
};

/** Fills the page. @returns Updates it */
export function runPage(main, parameters) {
  const path = parameters.get("run") ?? "";
  const group = new ChartGroup(refresh);
  const head = header(path);
  const loss = new Chart(group, {
    title: "Loss",
    format: round,
    isLog: true,
    fromZero: false,
    height: 280,
  });
  const validation = new Chart(group, {
    title: "Validation, relative L2",
    format: roundPercent,
    height: 280,
  });
  const small = Object.fromEntries(
    Object.entries(SMALL_CHARTS).map(([name, options]) => [
      name,
      new Chart(group, { ...options, height: 150 }),
    ]),
  );
  const smallElements = Object.values(small).map(({ element }) => element);
  const reset = h("button", { type: "button", onclick: () => group.zoom(undefined) }, "Show all");
  const controls = h(
    "div",
    { class: "bar controls" },
    h("h2", {}, "Curves"),
    choice("Horizontal axis", { step: "Steps", seconds: "Time" }, "step", (axis) => {
      group.setAxis(axis);
    }),
    choice("Vertical axis of the loss", { log: "Log", linear: "Linear" }, "log", (kind) => {
      loss.isLog = kind === "log";
    }),
    reset,
  );
  const noCurve = h("p", { class: "empty" });
  const noValidation = h("p", { class: "empty note" }, "There was no validation yet.");
  const large = h("div", { class: "charts large" }, loss.element, validation.element, noValidation);
  const details = detailsPart();
  const curves = h("section", {}, controls, large, h("div", { class: "charts" }, smallElements));

  return async () => {
    const run = await getJson(address("/api/run", { run: path, ...group.query }));
    if (main.firstChild !== head.element) {
      main.replaceChildren(head.element, noCurve, curves, details.element);
    }
    head.update(run);
    curves.hidden = run.step === 0;
    noCurve.hidden = run.step > 0;
    setText(noCurve, noCurveText(run));
    const { curves: all, validations } = run;
    const raw = { name: "one sample", color: 0, kind: "pale", ...all.loss };
    const smoothed = { name: "smoothed", color: 0, kind: "line", ...all.smoothedLoss };
    if (group.range === undefined) group.all = rangeOf(group, [smoothed]);
    reset.hidden = group.range === undefined;
    loss.set([raw, smoothed]);
    validation.element.hidden = validations.length === 0;
    const isExpected = run.state === "running" && validations.length === 0;
    noValidation.hidden = !isExpected;
    large.classList.toggle("single", validations.length === 0 && !isExpected);
    validation.set([validationSeries(run, { name: "", color: 1 })]);
    for (const [name, chart] of Object.entries(small)) {
      chart.element.hidden = all[name].value.every((value) => value === null || value === 0);
      const { kind = "line" } = SMALL_CHARTS[name];
      chart.set([{ name: "", color: 0, kind, ...all[name] }]);
    }
    details.element.hidden = run.state === "unreadable";
    details.update(run);
    document.title = `${run.state === "running" ? `${stepsText(run)} \u00b7 ` : ""}${path}`;
  };
}

/** The validations of a run as a curve with dots. */
export function validationSeries({ validations, best }, { name, color }) {
  return {
    name,
    color,
    kind: "dots",
    best: best?.step,
    step: validations.map(({ step }) => step),
    seconds: validations.map((one) => one.seconds),
    value: validations.map(({ relativeL2 }) => relativeL2),
  };
}

function noCurveText({ state, message }) {
  if (state === "unreadable") return message;
  return state === "running" ? "The training has not begun yet." : "This run has no steps.";
}

function header(path) {
  const state = h("span", { class: "state" });
  const title = h("h1");
  const facts = h("p", { class: "lead" });
  const note = h("p", { class: "note problem", role: "status" });
  const progress = h("progress", { max: 1, value: 0, "aria-label": "Steps" });
  const [steps, time] = [h("span"), h("span")];
  const figures = {
    "Loss, smoothed": (run) => [number(run.smoothedLoss), `epoch ${count(run.epoch + 1)}`],
    "Best validation": ({ best }) => [
      percent(best?.relativeL2),
      best === null ? "" : `step ${count(best.step)}, RMSE ${number(best.normalisedRmse)} \u03c3`,
    ],
    "Time per step": (run) => [
      seconds(run.stepSeconds),
      run.plan?.stepSeconds ? `planned ${seconds(run.plan.stepSeconds)}` : "",
    ],
    "Peak memory": (run) => [
      run.peakBytes > 0 ? bytes(run.peakBytes) : bytes(null),
      run.plan?.peakBytes ? `planned ${bytes(run.plan.peakBytes)}` : "",
    ],
    "Elapsed": (run) => [
      seconds(run.seconds),
      run.plan?.seconds ? `planned ${seconds(run.plan.seconds)}` : "",
    ],
  };
  const tiles = Object.entries(figures).map(([name, of]) => {
    const [value, more] = [h("span"), h("small")];
    return { of, value, more, element: h("div", {}, h("dt", {}, name), h("dd", {}, value, more)) };
  });
  const list = h("dl", { class: "tiles" }, tiles.map((tile) => tile.element));
  const small = h("div", { class: "small" }, steps, time);
  const links = h("p", { class: "links" });
  const element = h(
    "div",
    { class: "head" },
    h("p", { class: "crumb" }, h("a", { href: "/" }, "Runs"), ` / ${path} `, state),
    title,
    facts,
    links,
    note,
    progress,
    small,
    list,
  );
  return {
    element,
    update(run) {
      showState(state, run);
      setText(title, run.title);
      const known = [
        run.pipeline,
        run.ranks !== null && `${count(run.ranks)} ${run.ranks === 1 ? "rank" : "ranks"}`,
        run.device,
        run.seed !== null && `seed ${run.seed}`,
        run.started !== "" && `started ${moment(run.started)}`,
        run.attempts > 1 && `attempt ${count(run.attempts)}`,
        run.haloflow && `Haloflow ${run.haloflow}`,
      ];
      setText(facts, known.filter(Boolean).join(" \u00b7 "));
      showLinks(links, path, run);
      const problems = problemsOf(run);
      note.hidden = problems === "";
      setText(note, problems);
      for (const part of [progress, small, list]) part.hidden = run.state === "unreadable";
      progress.value = run.steps ? Math.min(1, run.step / run.steps) : 0;
      setText(steps, stepsText(run));
      setText(time, timeText(run));
      for (const { of, value, more } of tiles) {
        const [text, small] = of(run);
        setText(value, text);
        setText(more, small);
      }
    },
  };
}

function showLinks(links, path, { report }) {
  const key = String(report);
  if (links.dataset.key === key) return;
  links.dataset.key = key;
  const open = h("a", {
    class: "button",
    href: address("/report", { run: path }),
    target: "_blank",
  });
  open.append("Open the report");
  links.replaceChildren(...report ? [open] : []);
}

function problemsOf({ state, message, damagedCount, silentSeconds, resumedStep, step }) {
  const problems = [];
  if (state === "killed") {
    const since = seconds(silentSeconds);
    problems.push(
      `The run has ended without a word: its log has no end and has not grown for ${since}. ` +
        "Resume it with the same command and --resume.",
    );
  }
  if (state === "stopped") problems.push("Stopped: the same command with --resume continues it.");
  if (state !== "unreadable" && message !== "") problems.push(message);
  if (damagedCount > 0) {
    const what = damagedCount === 1 ? "line of the log is" : "lines of the log are";
    problems.push(`${count(damagedCount)} ${what} damaged and not shown.`);
  }
  if (resumedStep !== null && step > 0) problems.push(`Resumed at step ${count(resumedStep)}.`);
  return problems.join(" ");
}

function detailsPart() {
  const picture = h("img", { alt: "Truth, prediction and error of a validation sample" });
  const caption = h("p", { class: "note" });
  const pictures = h("section", {}, h("h2", {}, "Validation sample"), picture, caption);
  const plan = h("tbody");
  const stages = h("tbody");
  const options = h("tbody");
  const warnings = h("ul", { class: "warnings" });
  const warningsPart = h("section", {}, h("h2", {}, "Warnings"), warnings);
  const predict = h("section", {}, h("h2", {}, "Predict with this model"));
  const columns = h(
    "div",
    { class: "columns" },
    table("Stages", ["stage", "progress", "rate of each rank, per second"], stages),
    table("Plan and measurement", ["", "planned", "measured"], plan),
  );
  const element = h(
    "div",
    {},
    pictures,
    columns,
    predict,
    warningsPart,
    h("details", {}, h("summary", {}, "Options"), table("", ["option", "value"], options)),
  );
  return {
    element,
    update(run) {
      pictures.hidden = run.picture === null;
      if (run.picture !== null && picture.dataset.step !== String(run.picture)) {
        picture.dataset.step = String(run.picture);
        picture.src = address("/picture", { run: run.path, step: run.picture });
        setText(caption, `After step ${count(run.picture)}: truth, prediction and error.`);
      }
      plan.replaceChildren(...planRows(run));
      stages.replaceChildren(...Object.entries(run.stages).map(stageRow));
      fillOnce(options, run.options, ([name, value]) => textRow([name, optionText(value)]));
      warningsPart.hidden = run.warnings.length === 0;
      fillOnce(
        warnings,
        run.warnings,
        ([, { stage, message }]) => h("li", {}, h("b", {}, stage), ` ${message}`),
      );
      const canPredict = run.state === "finished" || run.best !== null;
      predict.hidden = !canPredict;
      if (predict.childElementCount === 1) predict.append(commandLine(run.predict));
    },
  };
}

function planRows({ plan, stepSeconds, peakBytes, seconds: elapsed, secondsLeft }) {
  if (plan === null) return [textRow(["no plan", "", ""])];
  const total = elapsed + (secondsLeft ?? 0);
  return [
    textRow(["time per step", seconds(plan.stepSeconds), seconds(stepSeconds)]),
    textRow(["peak memory", bytes(plan.peakBytes), bytes(peakBytes)]),
    textRow([
      secondsLeft === null ? "total time" : "total time, estimated",
      seconds(plan.seconds),
      seconds(total),
    ]),
  ];
}

function stageRow([name, { done, total, finished, rates }]) {
  const part = total > 0 ? done / total : finished ? 1 : 0;
  const bar = h("progress", { max: 1, value: finished ? 1 : part, "aria-label": name });
  const state = finished ? "done" : total > 0 ? `${count(done)} / ${count(total)}` : count(done);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, name),
    h("td", {}, bar, h("span", { class: "small" }, state)),
    h("td", {}, rates.map((rate) => round(rate, 3)).join(" \u00b7 ")),
  );
}

/** Fills a list again only if its values have changed: selections survive. */
function fillOnce(element, values, make) {
  const key = JSON.stringify(values);
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  element.replaceChildren(...Object.entries(values).map(make));
}

function table(title, names, body) {
  const heads = names.map((name) => h("th", { scope: "col" }, name));
  return h(
    "section",
    {},
    title !== "" && h("h2", {}, title),
    h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, heads)), body)),
  );
}

function textRow([name, ...values]) {
  const cells = values.map((value) => h("td", { class: "long" }, value));
  return h("tr", {}, h("th", { scope: "row" }, name), cells);
}
