import assert from "node:assert/strict";
import { DOMParser } from "linkedom";
import { countOf } from "../../../format.ts";
import { renderReport, resultSentence } from "../../../pipeline/reporting/html_report.ts";
import { createHash } from "node:crypto";
import type { DrawnSample, ReportData } from "../../../pipeline/reporting/report_data.ts";
import { darcyReport } from "./report_fixture.ts";

const data = await darcyReport(17, 6, 4);

function parse(text: string) {
  return new DOMParser().parseFromString(text, "text/html");
}

/** Elements without an end tag. */
const VOID = new Set(["meta", "img", "br", "link", "input", "hr"]);

/**
 * Checks that every start tag has its end tag, in order; a browser would repair the page
 * silently.
 */
function assertBalanced(text: string) {
  const open: string[] = [];
  for (
    const [, slash, name, rest] of text.matchAll(/<(\/?)([a-z][a-z0-9-]*)((?:"[^"]*"|[^">])*)>/gi)
  ) {
    if (slash) assert.equal(open.pop(), name, `</${name}> closes another element`);
    else if (!VOID.has(name) && !rest.endsWith("/")) open.push(name);
  }
  assert.deepEqual(open, []);
}

/** A report whose every text tries to break out of the page. */
function hostileReport(text: string): ReportData {
  const named = <T>(map: T): T => ({ ...map, name: text, unit: text });
  const sample = (original: DrawnSample): DrawnSample => ({
    ...original,
    label: text,
    id: text,
    constants: [text],
    omitted: [text],
    curves: [{ name: text, unit: text, x: [0, 1], truth: [0, 1], predicted: [1, 0] }],
    views: original.views.map((view) => ({
      ...view,
      inputs: view.inputs.map(named),
      targets: view.targets.map((maps) => maps.map(named)),
    })),
  });
  return {
    ...data,
    title: text,
    command: text,
    device: text,
    settings: { [text]: text },
    metrics: data.metrics.map((row) => ({
      ...row,
      label: text + row.method,
      metrics: {
        ...row.metrics,
        fields: {
          [text]: { ...row.metrics, unit: text, truthInDeviations: 99 },
          [text + 2]: { ...row.metrics, unit: text, truthInDeviations: 1 },
        },
      },
    })),
    samples: data.samples.map(sample),
    densities: data.densities?.map(named),
    outOfRange: [text],
    stages: data.stages.map((stage) => ({
      ...stage,
      name: text + stage.name,
      run: text,
      from: stage.from.map((name) => text + name),
    })),
  };
}

Deno.test("renderReport() states the steps of a resumed run", async () => {
  const steps = countOf(data.steps, "optimizer step");
  assert.ok((await renderReport(data)).includes(`<small>${steps}</small>`));
  assert.ok(
    (await renderReport({ ...data, runSteps: 0 })).includes(`<small>0 of ${steps}</small>`),
  );
});

Deno.test("renderReport() gives the same text for the same data", async () => {
  const text = await renderReport(data);
  assert.equal(await renderReport(await darcyReport(17, 6, 4)), text);
  assertBalanced(text);
});

Deno.test("renderReport() shows result, methods, stages, command and settings", async () => {
  const document = parse(await renderReport(data));
  assert.equal(document.querySelector("h1")?.textContent, resultSentence(data));
  const text = document.querySelector("body")?.textContent ?? "";
  for (const { label } of data.metrics) assert.ok(text.includes(label), label);
  for (const { name } of data.stages) assert.ok(text.includes(name), name);
  for (const name of Object.keys(data.settings)) assert.ok(text.includes(name), name);
  assert.equal(document.querySelector("pre")?.textContent, data.command);
  assert.ok(document.querySelector(".certify.passed"));
  assert.equal(document.querySelectorAll(".view .map").length, 8);
});

Deno.test("renderReport() contains no request, and only the script of its policy", async () => {
  const text = await renderReport(data);
  assert.ok(!/https?:|\burl\(|@import|javascript:/i.test(text));
  const document = parse(text);
  assert.equal(
    document.querySelectorAll("link, iframe, object, embed, form, base").length,
    0,
  );
  const scripts = [...document.querySelectorAll("script")];
  assert.equal(scripts.length, 1);
  const hash = createHash("sha256").update(scripts[0].textContent).digest("base64");
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (name === "src") assert.match(value, /^data:image\/png;base64,/);
      if (name === "href") assert.match(value, /^#/);
      assert.ok(!name.startsWith("on"), name);
    }
  }
  const policy =
    document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute("content") ??
      "";
  assert.equal(
    policy,
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; " +
      `script-src 'sha256-${hash}'`,
  );
  assert.ok(!/eval|innerHTML|fetch|import|Function/.test(scripts[0].textContent));
});

Deno.test("renderReport() shows hostile names as text", async () => {
  for (
    const name of [
      `"><script>alert(1)</script>`,
      `'><img src=x onerror=alert(1)>`,
      `</style></svg><b>&amp;`,
    ]
  ) {
    const text = await renderReport(hostileReport(name));
    assertBalanced(text);
    const document = parse(text);
    assert.equal(document.querySelectorAll("script").length, 1);
    assert.equal(document.querySelectorAll("img[onerror]").length, 0);
    assert.equal(document.querySelectorAll("img").length, 8 + 1);
    assert.ok(document.querySelector("title")?.textContent.startsWith(name));
    assert.equal(document.querySelector("pre")?.textContent, name);
    assert.ok(document.querySelector(".warning")?.textContent.includes(name));
  }
});

Deno.test("renderReport() is accessible without images", async () => {
  const document = parse(await renderReport(data));
  assert.equal(document.querySelector("html")?.getAttribute("lang"), "en");
  assert.ok(document.querySelector("title")?.textContent);
  for (const image of document.querySelectorAll("img")) assert.ok(image.getAttribute("alt"));
  for (const figure of document.querySelectorAll("[role=img]")) {
    assert.ok(figure.getAttribute("aria-label"));
  }
  for (const svg of document.querySelectorAll("svg")) {
    assert.equal(svg.getAttribute("aria-hidden"), "true");
  }
  for (const head of document.querySelectorAll("th")) {
    assert.ok(head.getAttribute("scope"), head.textContent);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  assert.equal(new Set(ids).size, ids.length);
  for (const use of document.querySelectorAll("use")) {
    assert.ok(ids.includes((use.getAttribute("href") ?? "").slice(1)));
  }
});

Deno.test("renderReport() has readable contrast in light and dark mode", async () => {
  const style = parse(await renderReport(data)).querySelector("style")?.textContent ?? "";
  const [light, dark] = [...style.matchAll(/:root \{([^}]*)\}/g)].map(([, body]) =>
    Object.fromEntries(
      [...body.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, color]) => [name, color]),
    )
  );
  const luminance = (color: string) => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const share = parseInt(color.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (const colors of [light, dark]) {
    for (const name of ["text", "muted", "accent", "second", "bad"]) {
      for (const ground of ["page", "panel"]) {
        const [high, low] = [luminance(colors[name]), luminance(colors[ground])].sort((a, b) =>
          b - a
        );
        // WCAG AA for text.
        assert.ok(
          (high + 0.05) / (low + 0.05) >= 4.5,
          `${name} ${colors[name]} on ${ground} ${colors[ground]}`,
        );
      }
    }
  }
});

Deno.test("renderReport() omits sections without data", async () => {
  const bare: ReportData = {
    ...data,
    lossCurve: [],
    metrics: data.metrics.slice(0, 1).map((row) => ({
      ...row,
      metrics: { ...row.metrics, borders: undefined },
    })),
    samples: [],
    densities: [],
    stages: [],
    certify: undefined,
  };
  const text = await renderReport(bare);
  assertBalanced(text);
  assert.deepEqual([...parse(text).querySelectorAll("h2")].map((h2) => h2.textContent), [
    "Errors",
    "Repeat this run",
  ]);
  assert.ok(!/undefined|NaN|\[object/.test(text));
  await assert.rejects(renderReport({ ...data, metrics: [] }), /row "network"/);
});

Deno.test("renderReport() reports ranks that do not reproduce the results of one", async () => {
  const certify = {
    ranks: 2,
    predictionError: 1e-3,
    predictionTolerance: 5e-6,
    gradientError: 0,
    gradientTolerance: 3e-5,
  };
  const document = parse(await renderReport({ ...data, certify }));
  assert.match(
    document.querySelector(".certify.failed")?.textContent ?? "",
    /2 ranks do not reproduce the results of one/,
  );
});

Deno.test("resultSentence() compares with the best baseline and falls back to the RMSE", () => {
  const [network, nearest, mean] = data.metrics;
  const withMean = (row: typeof network, value: number) => ({
    ...row,
    metrics: {
      ...row.metrics,
      sampleCount: 32,
      relativeL2: { ...row.metrics.relativeL2, mean: value },
    },
  });
  const metrics = [withMean(network, 0.069), withMean(nearest, 0.5), withMean(mean, 0.38)];
  assert.equal(
    resultSentence({ ...data, metrics }).replaceAll("\u202f", " "),
    "Mean relative L2 on 32 unseen samples: 6.9 %, against 38.0 % for the training-mean field.",
  );
  assert.match(
    resultSentence({ ...data, metrics: [withMean(network, NaN)] }),
    /^RMSE on 32 unseen samples: [\d.]+\.$/,
  );
});
