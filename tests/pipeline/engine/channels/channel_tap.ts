/**
 * Records the traffic in the channels of a run, independently of the code that bounds it.
 *
 * @module
 */

/** Traffic of one channel. */
export interface TappedChannel {
  /** Bytes of each batch sent, in order. */
  readonly sent: number[];
  /** Bytes of each batch that the consumer acknowledged. */
  readonly taken: number[];
  /** Bytes in flight after each batch was sent. */
  readonly inFlight: number[];
}

/**
 * Puts a relay into the middle of every `MessageChannel` that this thread creates, until disposed.
 *
 * @param onTaken Called when a consumer acknowledges a batch.
 */
export function tapChannels(
  onTaken: () => void,
): Disposable & { readonly channels: readonly TappedChannel[] } {
  const Untapped = globalThis.MessageChannel;
  const channels: TappedChannel[] = [];
  const ports: MessagePort[] = [];
  globalThis.MessageChannel = class implements MessageChannel {
    readonly port1: MessagePort;
    readonly port2: MessagePort;

    constructor() {
      const near = new Untapped();
      const far = new Untapped();
      this.port1 = near.port1;
      this.port2 = far.port1;
      const channel: TappedChannel = { sent: [], taken: [], inFlight: [] };
      near.port2.onmessage = ({ data }) => {
        if (data instanceof Uint8Array) {
          channel.sent.push(data.byteLength);
          channel.inFlight.push(sum(channel.sent) - sum(channel.taken));
        }
        far.port2.postMessage(data, data instanceof Uint8Array ? [data.buffer as ArrayBuffer] : []);
      };
      far.port2.onmessage = ({ data }) => {
        if (typeof data === "number") {
          channel.taken.push(data);
          onTaken();
        }
        near.port2.postMessage(data);
      };
      channels.push(channel);
      ports.push(near.port2, far.port2);
    }
  };
  return {
    channels,
    [Symbol.dispose]() {
      globalThis.MessageChannel = Untapped;
      ports.forEach((port) => port.close());
    },
  };
}

/** The sum of some numbers. */
export function sum(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
