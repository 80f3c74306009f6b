/** The pages of the viewer in a real browser, which starts once. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import { LOG_FILE } from "../../../pipeline/monitoring/log_schema.ts";
import { startViewer } from "../../../pipeline/monitoring/view_server.ts";
import { type PipelineSpec, runPipeline } from "../../../mod.ts";
import {
  textOf,
  trainingLines,
  writeTrainingLog,
  type WrittenTraining,
} from "../../../scripts/bench/written_logs.ts";
import { writeSmallStore } from "../../scripts/small_darcy.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

/** Debian's Chromium, and what other systems call it. */
const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const BROWSER = BROWSERS.find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** Where the pictures of the pages are written. */
const SCREENSHOTS = fileURLToPath(new URL("../../../out/screenshots/", import.meta.url));

const TAB_COUNT = 10;

/** A name that is a script if it is not escaped. */
const HOSTILE = "<img src=x onerror=alert(1)>";

const LIVE: WrittenTraining = { steps: 400, step: 200, seed: 1, validationEvery: 20 };

Deno.test({
  name: "viewer: its pages in a browser",
  ignore: BROWSER === undefined,
  // The browser is a process with pipes of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    inTemporaryDirectory(async (folder) => {
      await writeRuns(folder);
      await using viewer = startViewer({
        folder,
        port: 0,
        predictCommand: ({ directory }) => `deno task predict ${directory} STORE`,
      });
      const { chromium } = await import("playwright-core");
      const browser = await chromium.launch({
        executablePath: BROWSER!,
        args: ["--no-sandbox", "--disable-gpu", "--renderer-process-limit=1"],
      });
      const problems: string[] = [];
      try {
        const context = await browser.newContext({ baseURL: viewer.url });
        context.setDefaultTimeout(10_000);
        watch(context, new URL(viewer.url).host, problems);
        const page = await context.newPage();
        for (const [name, step] of Object.entries(STEPS)) {
          await t.step(name, () => step({ page, context, folder }));
        }
        assert.deepEqual(problems, [], "no error, no dialog, no request to another host");
      } finally {
        await browser.close();
      }
    }),
});

interface Stage {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly folder: string;
}

const STEPS: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  async "the list shows states, and names as text"({ page }) {
    await page.goto("/");
    await page.waitForSelector(".run");
    const states = await page.$$eval(
      ".run",
      (rows) =>
        rows.map((row) =>
          [".name", ".state"].map((part) => row.querySelector(part)!.textContent).join(" ")
        ),
    );
    assert.deepEqual(states.toSorted(), [
      `${HOSTILE} failed`,
      "a-seed0 finished",
      "a-seed1 finished",
      "b-seed0 finished",
      "killed killed",
      "live running",
    ]);
    assert.equal(await page.title(), "1 running \u00b7 Haloflow");
    await assertNarrow(page);
    await saveScreenshot(page, "runs");
  },
  async "a curve grows while its run trains"({ page, folder }) {
    await page.goto("/run?run=live");
    const curve = page.locator(".chart .curve.line").first();
    await page.getByText("200 / 400 steps").waitFor();
    const before = (await curve.getAttribute("d"))!;
    await append(folder, "live", textOf(trainingLines({ ...LIVE, step: 240 }, 200)));
    await page.getByText("240 / 400 steps").waitFor();
    assert.notEqual(await curve.getAttribute("d"), before);
    assert.ok(await page.getByText("16 s left").isVisible());
  },
  async "keys move the cursor, zoom and show all"({ page }) {
    const chart = page.locator(".chart svg").first();
    const all = page.getByRole("button", { name: "Show all" });
    await chart.focus();
    await page.keyboard.press("ArrowRight");
    assert.match((await page.locator(".reading").first().textContent())!, /^step 125 · one sample/);
    await page.keyboard.press("+");
    await all.waitFor();
    await page.keyboard.press("0");
    await all.waitFor({ state: "hidden" });
    const box = (await chart.boundingBox())!;
    const middle = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width / 2, middle);
    await page.mouse.down();
    await page.mouse.move(box.x + 0.75 * box.width, middle, { steps: 3 });
    await page.mouse.up();
    await all.click();
    await all.waitFor({ state: "hidden" });
    await assertNarrow(page);
    await saveScreenshot(page, "run");
  },
  async "a run that resumes continues its curve"({ page, folder }) {
    const resumed = { ...LIVE, run: { resumedStep: 220, seconds: 24 } };
    const [start] = trainingLines(resumed);
    const lines = [
      ...trainingLines({ ...LIVE, step: 220 }),
      start,
      ...trainingLines({ ...LIVE, step: 230 }, 220),
    ];
    const path = join(folder, "live", LOG_FILE);
    await Deno.writeTextFile(`${path}.new`, textOf(lines));
    await Deno.rename(`${path}.new`, path);
    await page.getByText("230 / 400 steps").waitFor();
    await page.getByText("Resumed at step 220.").waitFor();
    await page.getByText("attempt 2").waitFor();
  },
  async "a comparison sorts, and marks the best run"({ page }) {
    await page.goto("/compare?run=batch/a-seed0&run=batch/a-seed1&run=batch/b-seed0");
    await page.waitForSelector(".results tbody tr");
    const columnOf = async (place: number) =>
      await page.$$eval(
        ".results tbody tr",
        (rows, place) => rows.map((row) => parseFloat(row.children[place].textContent!)),
        place,
      );
    const errors = await columnOf(2);
    assert.deepEqual(errors, errors.toSorted((a, b) => a - b));
    assert.match((await page.locator(".results tbody tr").first().textContent())!, /best/);
    await page.getByRole("button", { name: "model.width" }).press("Enter");
    const widths = page.getByRole("columnheader", { name: "model.width" });
    assert.equal(await widths.nth(0).getAttribute("aria-sort"), "ascending");
    await page.keyboard.press("Enter");
    assert.deepEqual(await columnOf(8), [64, 32, 32]);
    const seeds = page.locator("section", { hasText: "Over seeds" }).locator("tbody tr");
    assert.match((await seeds.first().textContent())!, /^a2\d\d\.\d ± \d+\.\d\s%/);
    assert.match((await page.locator(".best code").textContent())!, /^deno task predict .*seed\d/);
    await assertNarrow(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await saveScreenshot(page, "compare");
    await page.emulateMedia({ colorScheme: "light" });
  },
  async "ten tabs follow a run"({ context, page, folder }) {
    await page.goto("/run?run=live");
    // Tabs that a page opens share its process, which is cheaper.
    await page.evaluate(`for (let k = 1; k < ${TAB_COUNT}; k++) open("/")`);
    while (context.pages().length < TAB_COUNT) await context.waitForEvent("page");
    const tabs = context.pages();
    await Promise.all(tabs.map((tab) => tab.getByText("230 / 400 steps").waitFor()));
    await append(folder, "live", textOf(trainingLines({ ...LIVE, step: 231 }, 230)));
    await Promise.all(tabs.map((tab) => tab.getByText("231 / 400 steps").waitFor()));
    for (const tab of tabs.slice(1)) await tab.close();
  },
  async "a real training appears, runs and finishes"({ page, folder }) {
    await page.goto("/");
    const store = await writeSmallStore(folder);
    const run = page.locator(".run", { hasText: "Small Darcy" });
    await runPipeline(tinyPipeline(store), {
      directory: join(folder, "small"),
      title: "Small Darcy",
    });
    await run.getByText("finished").waitFor();
    await run.getByText("4 / 4 steps").waitFor();
  },
  async "a report opens, and cannot reach the viewer"({ page, folder }) {
    const script = "fetch('/api/runs').then(() => document.title = 'reached', () => {})";
    const report = `<title>Report</title><script>document.title = "ran"; ${script}</script>`;
    await Deno.writeTextFile(join(folder, "live", "report.html"), report);
    await page.goto("/run?run=live");
    const link = page.getByRole("link", { name: "Open the report" });
    await page.goto((await link.getAttribute("href"))!);
    await page.evaluate("new Promise((resolve) => setTimeout(resolve, 50))");
    assert.equal(await page.title(), "ran");
  },
};

/** A training of four steps without a test. */
function tinyPipeline(store: string): PipelineSpec {
  return {
    name: "tiny",
    stages: {
      meshes: { run: "load", with: { store, split: "train", limit: 2 } },
      scales: { run: "statistics", from: "meshes" },
      subdomains: { run: "partition", from: "meshes", with: { parts: 1, overlap: 0.2 } },
      graphs: {
        run: "sample",
        from: "subdomains",
        with: { nodes: 40, radius: 0.3, maxEdges: 8, epochs: 2 },
      },
      model: {
        run: "train",
        from: ["graphs", "scales"],
        with: { hops: 1, width: 4, kernelHidden: [4], device: "cpu" },
      },
    },
  };
}

async function writeRuns(folder: string): Promise<void> {
  const batch: readonly (readonly [name: string, width: number, seed: number])[] = [
    ["a-seed0", 32, 0],
    ["a-seed1", 32, 1],
    ["b-seed0", 64, 0],
  ];
  for (const [name, width, seed] of batch) {
    await writeTrainingLog(join(folder, "batch", name), {
      steps: 200,
      seed: width + seed,
      validationEvery: 20,
      run: { seed, options: { "model.width": width, "model.seed": seed } },
      end: { outcome: "finished", metrics: { relativeL2: 0.05 + seed / 100 } },
    });
  }
  await writeTrainingLog(join(folder, "live"), LIVE);
  await writeTrainingLog(join(folder, HOSTILE), {
    ...LIVE,
    run: { title: HOSTILE, options: { [HOSTILE]: HOSTILE } },
    end: { outcome: "failed", message: HOSTILE },
  });
  await writeTrainingLog(join(folder, "killed"), LIVE);
  const longAgo = new Date(Date.now() - 3_600_000);
  await Deno.utime(join(folder, "killed", LOG_FILE), longAgo, longAgo);
}

async function append(folder: string, run: string, text: string): Promise<void> {
  await Deno.writeTextFile(join(folder, run, LOG_FILE), text, { append: true });
}

/** Collects errors, dialogs and requests to other hosts of all pages. */
function watch(context: BrowserContext, host: string, problems: string[]): void {
  context.on("console", (message) => {
    const isReport = message.location().url.includes("/report?");
    if (["error", "warning"].includes(message.type()) && !isReport) problems.push(message.text());
  });
  context.on("weberror", (event) => problems.push(event.error().message));
  context.on("dialog", (dialog) => problems.push(dialog.message()));
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.host !== host) problems.push(request.url());
  });
}

/** Asserts that a page of 400 pixels does not scroll sideways. */
async function assertNarrow(page: Page): Promise<void> {
  await page.setViewportSize({ width: 400, height: 800 });
  const frames = "requestAnimationFrame(() => requestAnimationFrame(resolve))";
  await page.evaluate(`new Promise((resolve) => ${frames})`);
  assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 400, page.url());
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.evaluate(`new Promise((resolve) => ${frames})`);
}

async function saveScreenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}
