import assert from "node:assert/strict";
import { type Outcome, runScript } from "../run_script.ts";

const program = new URL("../sample_program.ts", import.meta.url);

function run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome> {
  return runScript(program, args, env);
}

Deno.test("runCommand() runs the command that the arguments name", async () => {
  assert.deepEqual(
    await run(["end", "well", "--count", "7", "--colour", "green", "--least", "-2"]),
    {
      code: 0,
      out: 'well\n{"count":7,"colour":"green","least":-2}\n',
      error: "",
    },
  );
});

Deno.test("runCommand() prints one line per mistake and exits with 1", async () => {
  const cases: [string[], string][] = [
    [
      ["end", "well", "--cuont", "3"],
      "Cannot run the command as given: unknown option '--cuont', did you mean --count?",
    ],
    [
      ["end", "well", "--xyzzy"],
      "Cannot run the command as given: unknown option '--xyzzy'; see --help",
    ],
    [["ent"], "Cannot run the command as given: unknown command 'ent', did you mean end?"],
    [["end"], "Cannot run the command as given: missing required argument 'how'; see --help"],
    [
      ["end", "well", "twice"],
      "Cannot run the command as given: too many arguments for 'end'. Expected 1 argument " +
      "but got 2: well, twice; " +
      "see --help",
    ],
    [
      ["end", "well", "--count"],
      "Cannot run the command as given: option '--count <n>' argument missing; see --help",
    ],
    [
      ["end", "well", "--count", "0"],
      'Cannot read --count: it must be an integer of 1 to 9, received "0"',
    ],
    [
      ["end", "well", "--count", "3.5"],
      'Cannot read --count: it must be an integer of 1 to 9, received "3.5"',
    ],
    [
      ["end", "well", "--count", ""],
      'Cannot read --count: it must be an integer of 1 to 9, received ""',
    ],
    [
      ["end", "well", "--least", "-3"],
      'Cannot read --least: it must be an integer >= -2, received "-3"',
    ],
    [
      ["end", "well", "--colour", "gren"],
      'Cannot read --colour: it must be red or green, received "gren", did you mean "green"?',
    ],
    [["end", "data error"], 'Cannot read "x": it is damaged'],
    [["end", "range error"], "Cannot count as n must be > 0: received -1; use 1"],
  ];
  for (const [args, message] of cases) {
    assert.deepEqual(
      await run(args),
      { code: 1, out: "", error: `error: ${message}\n` },
      args.join(" "),
    );
  }
});

Deno.test("runCommand() reports how to debug an unexpected error", async () => {
  for (
    const [how, message] of [["bug", /undefined/], ["bug that says as", / as it is null/], [
      "string",
      /a string/,
    ]]
  ) {
    const { code, error } = await run(["end", how as string]);
    const lines = error.trimEnd().split("\n");
    assert.equal(code, 1);
    assert.equal(lines.length, 2, error);
    assert.match(lines[0], message as RegExp);
    assert.equal(lines[1], "Set HALOFLOW_DEBUG=1 to see where this comes from.");
  }
});

Deno.test("runCommand() prints the stack trace and causes if HALOFLOW_DEBUG is set", async () => {
  const { code, error } = await run(["end", "data error"], { HALOFLOW_DEBUG: "1" });
  assert.equal(code, 1);
  assert.match(error, /^error: Cannot read "x": it is damaged\n/);
  assert.match(error, /sample_program\.ts:\d+/);
  assert.match(error, /\[cause\]: Error: the cause/);
  assert.doesNotMatch(error, /HALOFLOW_DEBUG/);
});

Deno.test("runCommand() exits with 0 after --help, and with 1 without a command", async () => {
  const asked = await run(["end", "--help"]);
  assert.equal(asked.code, 0);
  assert.equal(asked.error, "");
  assert.match(asked.out, /^Usage: sample end \[options\] <how>/);
  assert.match(asked.out, /--colour <name> {2}a name \(choices: "red", "green"\)/);
  assert.match(asked.out, /\nExample:\n {2}sample end well\n$/);
  const wanting = await run([]);
  assert.equal(wanting.code, 1);
  assert.equal(wanting.out, "");
  assert.match(wanting.error, /^Usage: sample \[options\] \[command\]/);
});

Deno.test("runCommand() lets an interrupted command tidy up and ends with 130", async () => {
  const { child, read } = start("interrupt");
  assert.equal(await read(), "waiting\n");
  child.kill("SIGINT");
  assert.equal(await new Response(child.stderr).text(), "Interrupted\n");
  assert.equal(await read(), undefined);
  assert.equal((await child.status).code, 130);
});

Deno.test(
  "runCommand() takes two interrupts at once, as deno task gives them, for one, and a later " +
    "one as an order",
  async () => {
    const { child, read } = start("tidy slowly");
    assert.equal(await read(), "waiting\n");
    child.kill("SIGINT");
    child.kill("SIGTERM");
    assert.equal(await read(), "tidying\n");
    await new Promise((resolve) => setTimeout(resolve, 700));
    child.kill("SIGINT");
    assert.equal((await child.status).code, 130);
    assert.equal(await new Response(child.stderr).text(), "");
    assert.equal(await read(), undefined);
  },
);

/** Starts the program; `read` gives what it prints next. */
function start(how: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", program.href, "end", how],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return { child, read: async () => (await reader.read()).value };
}

Deno.test({
  name: "runCommand() ends well if a disk behind its output is full",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const command = [Deno.execPath(), "run", "-A", "--no-check", program.href, "end", "well"];
    const run = async (redirection: string) => {
      const { code, stderr } = await new Deno.Command("sh", {
        args: ["-c", `exec "$@" ${redirection}`, "sh", ...command],
        env: { NO_COLOR: "1", HALOFLOW_DEBUG: "" },
        stdin: "null",
      }).output();
      return { code, error: new TextDecoder().decode(stderr) };
    };
    assert.deepEqual(await run(">/dev/full"), {
      code: 0,
      error: "warning: Cannot print the complete output: the disk is full; free some space; its " +
        "files are complete\n",
    });
    assert.deepEqual(await run(">/dev/full 2>&1"), { code: 0, error: "" });
  },
});
