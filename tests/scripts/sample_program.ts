/** A program with one command, which ends as its argument says: run by command_line_test.ts. */

import { Command } from "commander";
import { DataError } from "../../errors.ts";
import {
  addExamples,
  choiceOption,
  integerOption,
  interruptSignal,
  runCommand,
} from "../../scripts/command/command_line.ts";

const endings: Record<string, () => unknown> = {
  well: () => console.log("well"),
  "data error": () => {
    throw new DataError('Cannot read "x": it is damaged', { cause: new Error("the cause") });
  },
  "range error": () => {
    throw new RangeError("Cannot count as n must be > 0: received -1; use 1");
  },
  bug: () => (undefined as unknown as { length: number }).length,
  "bug that says as": () => {
    const { a } = null as unknown as { a: number };
    return a;
  },
  string: () => {
    throw "a string";
  },
  "tidy slowly": async () => {
    console.log("waiting");
    await new Promise((resolve) => interruptSignal.addEventListener("abort", resolve));
    console.log("tidying");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  },
  interrupt: async () => {
    console.log("waiting");
    const pending = Promise.withResolvers<never>();
    const timer = setTimeout(() => {}, 60_000);
    interruptSignal.addEventListener("abort", () => {
      clearTimeout(timer);
      pending.reject(interruptSignal.reason);
    });
    await pending.promise;
  },
};

const program = new Command("sample").description("Ends in many ways.");
const end = program.command("end").description("End.")
  .argument("<how>")
  .addOption(integerOption("--count <n>", "a number", 1, 9).default(3))
  .addOption(integerOption("--least <n>", "a number", -2))
  .addOption(choiceOption("--colour <name>", "a name", ["red", "green"]))
  .action(async (how: string, options: Record<string, unknown>) => {
    await endings[how]();
    console.log(JSON.stringify(options));
  });
addExamples(end, "sample end well");

await runCommand(program);
