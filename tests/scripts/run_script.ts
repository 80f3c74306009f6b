import assert from "node:assert/strict";

/** What a process printed and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Where a process runs. */
export interface Surroundings {
  readonly cwd?: string | undefined;
  /** Whether it uses what earlier processes have kept in that directory. @default false */
  readonly cache?: boolean | undefined;
}

/** Runs a TypeScript file as a process of its own, without colours. */
export async function runScript(
  url: URL,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { cwd, cache = false }: Surroundings = {},
): Promise<Outcome> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", url.href, ...args],
    env: { NO_COLOR: "1", HALOFLOW_DEBUG: "", ...(!cache && { HALOFLOW_NO_CACHE: "1" }), ...env },
    stdin: "null",
    ...(cwd !== undefined && { cwd }),
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), error: decoder.decode(stderr) };
}

/** Runs the script of a task. */
export function runTask(task: string, ...args: readonly string[]): Promise<Outcome> {
  return runScript(new URL(`../../scripts/${task}.ts`, import.meta.url), args);
}

/**
 * Asserts that a script fails with one line on the error stream, after what it tells of its
 * progress.
 */
export function assertMistake({ code, out, error }: Outcome, message: RegExp): void {
  assert.equal(code, 1, error);
  assert.equal(out, "");
  const lines = error.trimEnd().split("\n").filter((line) => !/^\w+: \d+ of \d+/.test(line));
  assert.equal(lines.length, 1, error);
  assert.match(lines[0], message);
}
