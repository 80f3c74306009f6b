import assert from "node:assert/strict";
import { parseCsv } from "../../../../io/tables/csv.ts";
import {
  renderStudy,
  studyCsv,
  studyJson,
  type StudyReport,
  studyText,
} from "../../../../pipeline/experiments/studies/study_report.ts";

const REPORT: StudyReport = {
  study: "overlap",
  subject: "<Darcy> flow",
  finding: "It is 1.5 times that.",
  command: "deno task study overlap",
  columns: [{ name: "method", title: "method" }, {
    name: "error",
    title: "error",
    format: "percent",
  }],
  rows: [{ method: 'strips, "long"', error: 0.1234567 }, { method: "bisection", error: null }],
  figures: [{
    title: "Error",
    x: { label: "ranks P", type: "log" },
    y: { label: "error" },
    series: [{
      name: "measured",
      points: [{ x: 0, y: 1 }, { x: 1, y: 0.1 }, { x: 2, y: NaN }, { x: 4, y: 0.3 }],
    }],
    level: { y: 0.15, name: "15 %" },
  }],
  notes: ["Of all edges."],
  results: { residual: 0.03 },
};

Deno.test("studyCsv() and studyJson() hold all digits", () => {
  const columns = parseCsv(studyCsv(REPORT));
  assert.deepEqual(columns.get("method"), ['strips, "long"', "bisection"]);
  assert.deepEqual(columns.get("error"), ["0.1234567", ""]);
  const json = JSON.parse(studyJson(REPORT));
  assert.deepEqual(json.rows, REPORT.rows);
  assert.deepEqual(json.results, { residual: 0.03 });
});

Deno.test("studyText() shows the table, missing values as dashes, and the finding", () => {
  const lines = studyText(REPORT).split("\n");
  assert.match(lines[2], /strips, "long" +12\.3\u202f%/);
  assert.match(lines[3], /bisection +–/);
  assert.equal(lines.at(-1), REPORT.finding);
});

Deno.test(
  "renderStudy() draws the points within the axes, escapes texts, and has no scripts and no " +
    "requests",
  async () => {
    const html = await renderStudy(REPORT);
    assert.match(html, /<h1>It is 1.5 times that.<\/h1>/);
    assert.match(html, /&lt;Darcy&gt; flow/);
    assert.doesNotMatch(html, /<script|<Darcy>|https?:\/\/(?!www\.w3\.org)/);
    // The points at 1 and 4, in both widths of the chart.
    assert.equal(html.match(/<circle/g)?.length, 2 * 2);
    assert.match(html, /dotted: 15 %/);
    assert.equal(await renderStudy(REPORT), html);
  },
);

Deno.test("renderStudy() leaves out a figure without points", async () => {
  const html = await renderStudy({ ...REPORT, figures: [{ ...REPORT.figures[0], series: [] }] });
  assert.doesNotMatch(html, /<svg/);
});
