/**
 * The control channel between the main thread and a worker, which also detects that the worker has
 * exited.
 *
 * @module
 */

import { MessageChannel as NodeMessageChannel } from "node:worker_threads";
import type { WorkerCommand, WorkerMessage } from "./protocol.ts";

/** The main thread's end of a control channel. */
export interface ControlPort {
  send(command: WorkerCommand): void;
  onMessage(listener: (message: WorkerMessage) => void): void;
  /** The listener is called once the worker has exited for any reason, after its last message. */
  onClose(listener: () => void): void;
  close(): void;
}

/**
 * Opens a control channel; `workerPort` is to be transferred to the worker.
 *
 * A worker that calls `Deno.exit` or `self.close` fires no event in the main thread, and neither
 * does a web `MessagePort` whose other end is gone. Node's port is the same with a close event.
 */
export function openControl(): {
  readonly mainPort: ControlPort;
  readonly workerPort: MessagePort;
} {
  const { port1, port2 } = new NodeMessageChannel();
  const mainPort: ControlPort = {
    send: (command) => port1.postMessage(command),
    onMessage: (listener) => void port1.on("message", listener),
    onClose: (listener) => void port1.once("close", listener),
    close: () => port1.close(),
  };
  return { mainPort, workerPort: port2 as unknown as MessagePort };
}
