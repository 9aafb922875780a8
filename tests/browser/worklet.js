/** Plays what a ring brings, a record of 128 samples at a time; silence where there is none. Joins at once: nothing can be awaited here. */
import { attachSync } from '../../dist/api/browser.js';

registerProcessor(
  'from-ring',
  class extends AudioWorkletProcessor {
    constructor({ processorOptions: { ticket, ring } }) {
      super();
      const ipc = attachSync(ticket);
      this.ring = ipc.ringSync(ring);
      ipc.select([[this.ring, 'write']], { timeout: 0 }).then((ready) => this.port.postMessage(`${ready.length} ready`));
      this.samples = new Float32Array(128);
      this.bytes = new Uint8Array(this.samples.buffer);
      this.ring.receive({ timeout: 5 }).catch(({ message }) => this.port.postMessage(message));
      try {
        this.ring.receiveSync();
      } catch ({ message }) {
        this.port.postMessage(message);
      }
    }
    process(_inputs, [[channel]]) {
      if (this.ring.tryReceiveInto(this.bytes) === this.bytes.length) channel.set(this.samples);
      return true;
    }
  },
);
