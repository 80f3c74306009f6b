/**
 * The line between the main thread and a worker, which also tells when the worker is gone.
 *
 * @module
 */

import { MessageChannel as NodeMessageChannel } from "node:worker_threads";
import type { WorkerCommand, WorkerMessage } from "./protocol.ts";

/** The main thread's end. */
export interface ControlPort {
  send(command: WorkerCommand): void;
  onMessage(listener: (message: WorkerMessage) => void): void;
  /**
   * Calls once the other end is gone, after everything that it said: the worker has ended, in
   * whatever way.
   */
  onClose(listener: () => void): void;
  close(): void;
}

/**
 * A new line; `far` is to be transferred to the worker.
 *
 * A worker that calls `Deno.exit` or `self.close` fires no event in the main thread, nor does a web
 * `MessagePort` whose other end is gone. Node's does: it is the same port with one more event.
 */
export function openControl(): { readonly near: ControlPort; readonly far: MessagePort } {
  const { port1, port2 } = new NodeMessageChannel();
  const near: ControlPort = {
    send: (command) => port1.postMessage(command),
    onMessage: (listener) => void port1.on("message", listener),
    onClose: (listener) => void port1.once("close", listener),
    close: () => port1.close(),
  };
  return { near, far: port2 as unknown as MessagePort };
}
