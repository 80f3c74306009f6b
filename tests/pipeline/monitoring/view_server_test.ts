import assert from "node:assert/strict";
import { join } from "node:path";
import { LOG_FILE } from "../../../pipeline/monitoring/log_schema.ts";
import { startViewer, type Viewer } from "../../../pipeline/monitoring/view_server.ts";
import {
  textOf,
  trainingLines,
  writeTrainingLog,
  type WrittenTraining,
} from "../../../scripts/bench/written_logs.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 1, 2, 3);
const SHORT: WrittenTraining = { steps: 40, step: 20, seed: 1, validationEvery: 10 };

/** Runs a test with a viewer of a new folder, on a free port. */
function withViewer(
  test: (folder: string, viewer: Viewer) => Promise<void>,
): () => Promise<void> {
  return () =>
    inTemporaryDirectory(async (home) => {
      const folder = join(home, "runs");
      await using viewer = startViewer({
        folder,
        port: 0,
        predictCommand: ({ directory }) => `predict ${directory}`,
      });
      await test(folder, viewer);
    });
}

async function getJson(viewer: Viewer, path: string) {
  const response = await fetch(new URL(path, viewer.url));
  assert.equal(response.status, 200);
  return await response.json();
}

/** Sends lines of HTTP as they are: `fetch` would change them. @returns The status and the answer */
async function send(port: number, lines: readonly string[]): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(lines.join("\r\n") + "\r\n\r\n"));
  return await new Response(connection.readable).text();
}

Deno.test(
  "viewer: a folder that appears later, runs in it, and their ends",
  withViewer(async (folder, viewer) => {
    assert.deepEqual((await getJson(viewer, "/api/runs")).runs, []);
    await writeTrainingLog(join(folder, "batch", "a"), SHORT);
    await writeTrainingLog(join(folder, "b"), { ...SHORT, step: 40, end: { outcome: "finished" } });
    await writeTrainingLog(join(folder, "newer"), { ...SHORT, run: { version: 9 } });
    await writeTrainingLog(join(folder, "killed"), SHORT);
    const longAgo = new Date(Date.now() - 3_600_000);
    await Deno.utime(join(folder, "killed", LOG_FILE), longAgo, longAgo);
    const { runs } = await getJson(viewer, "/api/runs");
    const states = Object.fromEntries(
      runs.map(({ path, state }: { path: string; state: string }) => [path, state]),
    );
    assert.deepEqual(states, {
      b: "finished",
      "batch/a": "running",
      killed: "killed",
      newer: "unreadable",
    });
    assert.match(runs[3].message, /version must be <= 1, found 9; update Haloflow/);
    assert.ok(runs[2].silentSeconds >= 3600);
    const [, { secondsLeft, step, steps, best }] = runs;
    assert.deepEqual([step, steps, best.step], [20, 40, 20]);
    assert.ok(Math.abs(secondsLeft - 2) < 1e-9, "20 steps of 0.1 s");
  }),
);

Deno.test(
  "viewer: a log that grows, is damaged, and is replaced by a run that resumes",
  withViewer(async (folder, viewer) => {
    const log = join(folder, "a", LOG_FILE);
    await writeTrainingLog(join(folder, "a"), SHORT);
    const run = async () => await getJson(viewer, "/api/run?run=a");
    assert.deepEqual((await run()).curves.loss.step.length, 20);
    const more = textOf(trainingLines({ ...SHORT, step: 25 }, 20));
    await Deno.writeTextFile(log, `{"type": "step", damaged\n${more}{"type": "st`, {
      append: true,
    });
    const grown = await run();
    assert.deepEqual([grown.step, grown.damagedCount], [25, 1]);
    assert.ok(grown.version > 1);
    const again = [...trainingLines({ ...SHORT, step: 10 })];
    const [start] = trainingLines({ ...SHORT, run: { resumedStep: 10, seconds: 1 } });
    const rest = trainingLines({ ...SHORT, step: 12 }, 10);
    await Deno.writeTextFile(`${log}.new`, textOf([...again, start, ...rest]));
    await Deno.rename(`${log}.new`, log);
    const resumed = await run();
    assert.deepEqual(resumed.curves.loss.step, Array.from({ length: 12 }, (_, k) => k + 1));
    assert.deepEqual([resumed.attempts, resumed.resumedStep, resumed.damagedCount], [2, 10, 0]);
    // A log that is continued without its replacement has no doubled step either.
    await Deno.writeTextFile(log, textOf(trainingLines({ ...SHORT, step: 9 }, 5)), {
      append: true,
    });
    assert.deepEqual((await run()).curves.loss.step, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const zoomed = await getJson(viewer, "/api/run?run=a&axis=seconds&from=0.35&to=0.55");
    assert.deepEqual(zoomed.curves.loss.step, [3, 4, 5, 6]);
  }),
);

Deno.test(
  "viewer: other hosts, methods, paths and links are refused, and pictures are PNG",
  withViewer(async (folder, viewer) => {
    const run = join(folder, "a");
    const lines = [...trainingLines(SHORT)];
    const pictures = ["ok.png", "../secret.png", "link.png", "text.png", "/etc/passwd"];
    const validations = pictures.map((picture, k) => {
      const line = lines.find(({ type }) => type === "validation")!;
      return { ...line, step: 20 + k, picture } as typeof line;
    });
    await writeTrainingLog(run, SHORT);
    await Deno.writeTextFile(join(run, LOG_FILE), textOf([...lines, ...validations]));
    await Deno.writeFile(join(folder, "secret.png"), PNG);
    await Deno.writeFile(join(run, "ok.png"), PNG);
    await Deno.writeTextFile(join(run, "text.png"), "text");
    await Deno.symlink(join(folder, "secret.png"), join(run, "link.png"));
    await Deno.symlink(join(folder, "secret.png"), join(run, "report.html"));
    await Deno.mkdir(join(folder, "..", "outside"));
    await Deno.copyFile(join(run, LOG_FILE), join(folder, "..", "outside", LOG_FILE));
    await Deno.symlink(join(folder, "..", "outside"), join(folder, "linked"));
    const { runs } = await getJson(viewer, "/api/runs");
    assert.deepEqual(runs.map(({ path }: { path: string }) => path), ["a"]);
    assert.equal((await getJson(viewer, "/api/run?run=a")).report, false);
    const status = async (path: string, init?: RequestInit) => {
      const response = await fetch(new URL(path, viewer.url), init);
      await response.body?.cancel();
      return response.status;
    };
    assert.deepEqual(
      await Promise.all(pictures.map((_, k) => status(`/picture?run=a&step=${20 + k}`))),
      [200, 404, 404, 404, 404],
    );
    const missing = ["/report?run=a", "/report?run=..", "/api/run?run=../outside", "/secret.png"];
    for (const path of [...missing, "/api/run?run=linked", "/picture?run=a"]) {
      assert.equal(await status(path), 404, path);
    }
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      assert.equal(await status("/api/runs", { method }), 405);
    }
    const { port } = viewer;
    const answers = async (path: string, host: string) =>
      (await send(port, [`GET ${path} HTTP/1.1`, `Host: ${host}`, "Connection: close"]))
        .split(" ")[1];
    assert.equal(await answers("/", "localhost:9000"), "200", "a tunnel");
    for (const host of ["evil.example", `127.0.0.1.evil.example:${port}`, "127.0.0.1@evil"]) {
      assert.notEqual(await answers("/api/runs", host), "200", host);
    }
    for (const path of ["/../secret.png", "/%2e%2e/secret.png", "/..%2fsecret.png"]) {
      assert.equal(await answers(path, "127.0.0.1"), "404", path);
    }
    const page = await fetch(viewer.url);
    await page.body?.cancel();
    const policy = page.headers.get("content-security-policy")!;
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.doesNotMatch(policy, /unsafe|\*|http/);
    assert.equal(page.headers.get("access-control-allow-origin"), null);
  }),
);

Deno.test(
  "viewer: 100 streams, some of which leave, and a port in use",
  withViewer(async (folder, viewer) => {
    await writeTrainingLog(join(folder, "a"), SHORT);
    const leaving = new AbortController();
    const streams = await Promise.all(Array.from({ length: 100 }, async (_, k) => {
      const signal = k < 50 ? leaving.signal : undefined;
      const { body } = await fetch(new URL("/events", viewer.url), { signal: signal ?? null });
      return body!.pipeThrough(new TextDecoderStream()).getReader();
    }));
    const [staying] = streams.slice(-1);
    assert.match((await staying.read()).value!, /^retry: 1000/);
    assert.match((await staying.read()).value!, /^data: \["a"\]/);
    leaving.abort();
    const text = textOf(trainingLines({ ...SHORT, step: 21 }, 20));
    await Deno.writeTextFile(join(folder, "a", LOG_FILE), text, { append: true });
    assert.match((await staying.read()).value!, /^data: \["a"\]/);
    assert.equal((await getJson(viewer, "/api/run?run=a")).step, 21);
    await Promise.allSettled(streams.map((stream) => stream.cancel()));
    await using next = startViewer({ folder, port: viewer.port, predictCommand: () => "" });
    assert.ok(next.port > viewer.port && next.port < viewer.port + 10);
  }),
);
