import assert from "node:assert/strict";
import { DOMParser } from "linkedom";
import { renderComparison } from "../../../../pipeline/experiments/comparison/comparison_page.ts";
import { comparison, run } from "./compared_runs.ts";

const runs = [
  run("S-MPNN", 0, 0.3),
  run("<b>GCN", 0, 1.9),
  run("S-MPNN", 1, 0.5),
  run("<b>GCN", 1, 1.7),
];
const html = await renderComparison(
  comparison(runs),
  ({ directory }) => `${directory}/report.html`,
);
const document = new DOMParser().parseFromString(html, "text/html");

Deno.test("renderComparison() shows every expectation, group of measures, curve and run", () => {
  assert.match(
    document.querySelector("h1")!.textContent!,
    /^2 networks on equal terms: 3 of 6 expectations missed\.$/,
  );
  const notes = [...document.querySelectorAll(".note")].map((note) => note.textContent!);
  assert.equal(notes.filter((note) => note.startsWith("Met: ")).length, 3);
  assert.equal(notes.filter((note) => note.startsWith("Missed: ")).length, 3);
  const heads = [...document.querySelectorAll("table thead th:first-child")].map((head) =>
    head.textContent
  );
  assert.deepEqual(heads, [
    "all nodes",
    "relative L2 by field",
    "volume, normalised MSE",
    "volume, relative L2",
    "surface, normalised MSE",
    "surface, relative L2",
    "cost",
  ]);
  assert.equal(
    document.querySelectorAll('.wide [aria-label="line"]').length,
    2,
    "one curve per network",
  );
  const links = [...document.querySelectorAll(".note a")].map((link) => link.getAttribute("href"));
  assert.deepEqual(links, runs.map(({ directory }) => `${directory}/report.html`));
});

Deno.test("renderComparison() escapes names, and has no scripts and no requests", () => {
  assert.ok(!html.includes("<b>GCN"));
  assert.doesNotMatch(html, /<script|https?:\/\/(?!www\.w3\.org)/);
  assert.match(html, /content="default-src &#39;none&#39;/);
});
