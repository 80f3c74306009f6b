import assert from "node:assert/strict";
import { startRunProgress, wrap } from "../../../scripts/progress/run_progress.ts";

Deno.test("wrap() breaks between words, and nowhere else", () => {
  assert.equal(wrap("one two three", 7), "one two\nthree");
  assert.equal(wrap("one two three", 8), "one two\nthree");
  assert.equal(wrap("a /very/long/path b", 5), "a\n/very/long/path\nb");
  assert.equal(wrap("short", 80), "short");
  assert.equal(wrap("", 80), "");
});

Deno.test("startRunProgress() prints a line per tenth, at most one per second", () => {
  const lines: string[] = [];
  const print = console.error;
  console.error = (line: string) => lines.push(line);
  try {
    const progress = startRunProgress(false);
    const source = { stage: "model", rank: 0 };
    progress.show({ ...source, seconds: 0, type: "started" });
    for (let done = 1; done <= 40; done++) {
      const body = {
        type: "progress",
        progress: { done, total: 40, values: { loss: 1 / done } },
      } as const;
      progress.show({ ...source, seconds: done / 10, ...body });
      progress.show({ ...source, rank: 1, seconds: done / 10, ...body });
    }
    progress.show({ ...source, seconds: 4, type: "warning", message: "it is late" });
    progress.stop();
    progress.show({ ...source, seconds: 5, type: "warning", message: "never shown" });
  } finally {
    console.error = print;
  }
  assert.deepEqual(lines, [
    "model: 11 of 40, 11.0/s, 3 s left, loss 0.0909",
    "model: 21 of 40, 10.5/s, 2 s left, loss 0.0476",
    "model: 31 of 40, 10.3/s, 1 s left, loss 0.0323",
    "model: 40 of 40, 10.3/s, 0 s left, loss 0.0250",
    "warning: it is late",
  ]);
});
