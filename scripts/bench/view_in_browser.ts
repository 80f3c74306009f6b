/**
 * Measures pages of the viewer in a browser, and prints the times as JSON:
 * `view_in_browser.ts FOLDER BROWSER STEPS REPEATS`.
 *
 * @module
 */

import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { LOG_FILE } from "../../pipeline/monitoring/log_schema.ts";
import { startViewer } from "../../pipeline/monitoring/view_server.ts";
import type { PageTimes } from "./bench_view.ts";
import { median } from "./timing.ts";
import { textOf, trainingLines } from "./written_logs.ts";

/** Pages, and what they contain once they are complete. */
const PAGES = [
  { page: "list", path: "/", complete: ".run .spark polyline" },
  { page: "run", path: "/run?run=run0", complete: ".chart .curve" },
  { page: "comparison", path: "/compare", complete: ".chart .curve" },
] as const;

const [folder, browserPath, steps, repeats] = Deno.args;

const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
try {
  const times: PageTimes[] = [];
  let step = Number(steps);
  for (const { page, path, complete } of PAGES) {
    times.push(await measure(browser, page, path, complete, step));
    step += Number(repeats);
  }
  console.log(JSON.stringify(times));
} finally {
  await browser.close();
}

async function measure(
  browser: Browser,
  name: string,
  path: string,
  complete: string,
  step: number,
): Promise<PageTimes> {
  await using viewer = startViewer({ folder, port: 0, predictCommand: () => "" });
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const start = performance.now();
  await page.goto(new URL(path, viewer.url).href, { waitUntil: "commit" });
  await page.waitForSelector(complete, { state: "attached" });
  const firstMs = performance.now() - start;
  const measured = "performance.getEntriesByName('update').map(({ duration }) => duration)";
  const count = "performance.getEntriesByName('update').length";
  // The first events name all runs.
  await page.waitForTimeout(2500);
  const before = await page.evaluate(count) as number;
  for (let k = 0; k < Number(repeats); k++) {
    const training = { steps: step + 1, seed: 0, validationEvery: 100, step: step + k + 1 };
    const text = textOf(trainingLines(training, step + k));
    await Deno.writeTextFile(join(folder, "run0", LOG_FILE), text, { append: true });
    while (await page.evaluate(count) as number <= before + k) await page.waitForTimeout(50);
  }
  const durations = await page.evaluate(measured) as number[];
  await page.close();
  return { page: name, firstMs, updateMs: median(durations.slice(before)) };
}
