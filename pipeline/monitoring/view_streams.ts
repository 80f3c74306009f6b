/**
 * Streams of server-sent events that name the runs that have changed. Pages then request what they
 * show.
 *
 * @module
 */

import type { RunFolder } from "./run_folder.ts";

/** Time between two looks at the logs while a page is open, in milliseconds. */
const REFRESH_INTERVAL = 1000;

/** Time after which the runs are named that were read so far, in milliseconds. */
const PART_INTERVAL = 500;

/** Looks after which a stream without events receives a comment, so that a lost one is noticed. */
const LOOKS_PER_PING = 15;

const ENCODER = new TextEncoder();

/** The open streams of a viewer; the logs are only looked at while there is one. */
export class ViewStreams {
  readonly #folder: RunFolder;
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;
  #lookCount = 0;

  constructor(folder: RunFolder) {
    this.#folder = folder;
  }

  /** Whether a page follows the folder. */
  get isOpen(): boolean {
    return this.#streams.size > 0;
  }

  /** Whether the folder is refreshed for an open stream. */
  get isWatched(): boolean {
    return this.isOpen && this.#lookCount > 0;
  }

  /** Opens a stream. */
  open(headers: Record<string, string>): Response {
    let own: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        this.#streams.add(controller);
        controller.enqueue(ENCODER.encode("retry: 1000\n\nevent: open\ndata: {}\n\n"));
        this.#schedule(0);
      },
      cancel: () => {
        this.#streams.delete(own);
      },
    });
    return new Response(body, { headers });
  }

  /** Closes all streams. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  #schedule(delay: number): void {
    if (this.#isClosed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#look(), delay);
  }

  async #look(): Promise<void> {
    const parts = setInterval(() => this.#sendChanged(), PART_INTERVAL);
    await this.#folder.refresh({ isFollowing: true }).finally(() => clearInterval(parts));
    this.#lookCount++;
    this.#sendChanged();
    if (this.#lookCount % LOOKS_PER_PING === 0) this.#send(":\n\n");
    this.#timer = undefined;
    if (this.#streams.size > 0) this.#schedule(REFRESH_INTERVAL);
    else this.#lookCount = 0;
  }

  #sendChanged(): void {
    const changed = this.#folder.takeChanged();
    if (changed.length > 0) this.#send(`data: ${JSON.stringify(changed)}\n\n`);
  }

  #send(event: string): void {
    const bytes = ENCODER.encode(event);
    for (const stream of this.#streams) {
      // A page that does not read receives the next event: events only say what to request anew.
      if ((stream.desiredSize ?? 0) > -16) stream.enqueue(bytes);
    }
  }
}
