/// <reference lib="deno.worker" />
/**
 * Entry point of every worker: runs one rank of one stage, reports the result to the main thread,
 * and closes itself.
 *
 * @module
 */

import { messageOf } from "../../../errors.ts";
import { ChannelReceiver, ChannelSender } from "../channels/channel.ts";
import { loadStage } from "../definition/load_stage.ts";
import { Meter } from "../channels/meter.ts";
import { Output } from "../channels/output.ts";
import { portPeers } from "../channels/peers.ts";
import { checkProgress } from "./check_progress.ts";
import { checkRecord } from "./check_record.ts";
import { OutputGuard } from "./guarded_output.ts";
import { packError, printableText, textOf } from "./plain_error.ts";
import type { StartMessage, WorkerCommand, WorkerMessage } from "./protocol.ts";
import type { Stage } from "../definition/stage.ts";
import { executeStage, type UnparsedContext } from "./execute_stage.ts";
import { replayTape, TapeRecorder } from "../channels/tape.ts";

/** Interval at which a worker shows that its event loop is running. */
const BEAT_MILLISECONDS = 250;
/** Interval at which a stage that never waits yields to the event loop, for beats and commands. */
const YIELD_MILLISECONDS = 100;

// What a stage prints never ends it.
new OutputGuard();

self.onmessage = (event: MessageEvent<StartMessage>) => run(event.data);

/** Runs the stage to its end. In any case the last message is one "finished" or "failed". */
async function run(start: StartMessage): Promise<void> {
  const { control } = start;
  const post = (message: WorkerMessage) => control.postMessage(message);
  const meter = new Meter(start.state);
  meter.beat();
  const beats = setInterval(() => meter.beat(), BEAT_MILLISECONDS);
  const stop = new AbortController();
  const uncaught = Promise.withResolvers<never>();
  listenForUncaught(uncaught.reject);
  const work = new StageRun(start, stop, meter, post);
  control.onmessage = ({ data: command }: MessageEvent<WorkerCommand>) => {
    if (command.type === "stop") stop.abort(new Error(command.reason));
    else if (command.type === "begin") work.begin();
    else work.grow();
  };
  post({ type: "started" });
  const running = work.run();
  try {
    const figures = await Promise.race([running, uncaught.promise]);
    post({ type: "finished", figures });
  } catch (error) {
    post({ type: "failed", error: packError(error) });
    stop.abort(error);
    await Promise.allSettled([running]);
  } finally {
    clearInterval(beats);
    self.close();
  }
}

/** Reports errors outside the promises that the engine awaits, such as in a timer of the stage. */
function listenForUncaught(report: (error: unknown) => void): void {
  self.addEventListener("error", (event) => {
    event.preventDefault();
    report(event.error ?? new Error(event.message));
  });
  self.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    report(event.reason);
  });
}

/** One rank of a stage with its channels. */
class StageRun {
  readonly #start: StartMessage;
  readonly #stop: AbortController;
  readonly #meter: Meter;
  readonly #post: (message: WorkerMessage) => void;
  readonly #inputs: readonly ChannelReceiver[];
  readonly #mayBegin = Promise.withResolvers<void>();
  #output: Output | undefined;

  constructor(
    start: StartMessage,
    stop: AbortController,
    meter: Meter,
    post: (message: WorkerMessage) => void,
  ) {
    this.#start = start;
    this.#stop = stop;
    this.#meter = meter;
    this.#post = post;
    stop.signal.addEventListener("abort", () => this.begin());
    this.#inputs = start.inputs.map(({ ports, schema }) =>
      new ChannelReceiver(ports, schema, stop.signal, meter)
    );
  }

  get #signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Allows the stage to begin. */
  begin(): void {
    this.#mayBegin.resolve();
  }

  /** Grows the channels to consumers that are full. */
  grow(): void {
    for (const { consumer, limitBytes } of this.#output?.growBlocked() ?? []) {
      const mebibytes = (limitBytes / 2 ** 20).toPrecision(3);
      this.#warn(
        `the channel to stage "${consumer}" grew to ${mebibytes} MiB: all stages were waiting ` +
          "for each other",
      );
    }
  }

  async run() {
    const { name, rank, ranks, directory } = this.#start;
    const loadStart = performance.now();
    const stage = await loadStage(new URL(this.#start.url));
    const loadMilliseconds = performance.now() - loadStart;
    await this.#mayBegin.promise;
    this.#signal.throwIfAborted();
    // Loading counts as work, waiting for the run to begin does not.
    const start = performance.now() - loadMilliseconds;
    const peers = portPeers(rank, this.#start.peers, this.#signal, this.#meter);
    await this.#produce(stage, {
      name,
      rank,
      ranks,
      directory,
      peers,
      options: this.#start.options,
      inputs: this.#inputs,
      signal: this.#signal,
      beat: () => this.#beat(),
      progress: (progress) => {
        this.#meter.beat();
        this.#post({ type: "progress", progress: checkProgress(progress) });
      },
      record: (entry) => this.#post({ type: "record", entry: checkRecord(entry) }),
      warn: (message) => this.#warn(message),
    });
    this.#signal.throwIfAborted();
    for (const input of this.#inputs) input.stop();
    this.#output?.close();
    peers.close();
    return {
      inputRows: this.#inputs.reduce((sum, input) => sum + input.rowCount, 0),
      inputBytes: this.#inputs.reduce((sum, input) => sum + input.byteCount, 0),
      outputRows: this.#output?.rowCount ?? 0,
      outputBytes: this.#output?.byteCount ?? 0,
      peerBytes: peers.sentBytes,
      busySeconds: (performance.now() - start) / 1000 - this.#meter.idleSeconds,
      inputWaitSeconds: this.#meter.waitSeconds("input"),
      outputWaitSeconds: this.#meter.waitSeconds("output"),
      peerWaitSeconds: this.#meter.waitSeconds("peer"),
    };
  }

  /** Also stops work that never yields to the event loop, where the command to stop is queued. */
  #beat(): void {
    this.#meter.beat();
    if (this.#meter.isStopped) this.#stop.abort(new Error("the run has ended"));
    this.#signal.throwIfAborted();
  }

  async #produce(stage: Stage, context: UnparsedContext): Promise<void> {
    const { tape } = this.#start;
    const batches = tape?.mode === "replay"
      ? replayTape(tape.path, stage.output!)
      : executeStage(stage, context);
    const recorder = tape?.mode === "record" ? this.#record(tape.path, tape.maxBytes) : undefined;
    const output = this.#output = this.#openOutput(stage, recorder);
    let lastYield = performance.now();
    for await (const batch of batches) {
      await output!.send(batch);
      if (performance.now() - lastYield < YIELD_MILLISECONDS) continue;
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.#signal.throwIfAborted();
      lastYield = performance.now();
    }
    await recorder?.close();
  }

  /** The channels to the consumers; undefined for a stage that declares no output. */
  #openOutput(stage: Stage, recorder: TapeRecorder | undefined): Output | undefined {
    if (stage.output === undefined) return undefined;
    const { name, channelBytes, outputs } = this.#start;
    const consumers = outputs.map(({ consumer, ports }) => ({
      name: consumer,
      channels: ports.map((port) =>
        new ChannelSender(port, this.#signal, channelBytes, this.#meter)
      ),
    }));
    return new Output(name, stage.output, stage.routeByRank ?? false, consumers, recorder);
  }

  #record(path: string, maxBytes: number): TapeRecorder {
    return new TapeRecorder(path, maxBytes, (error) => {
      this.#warn(`the output of stage "${this.#start.name}" is not cached: ${messageOf(error)}`);
    });
  }

  #warn(message: string): void {
    this.#post({ type: "warning", message: printableText(textOf(message)) });
  }
}
