/**
 * `sluice/helper`: the script of a worker that waits for a page whose engine lacks `Atomics.waitAsync`: `import 'sluice/helper'`. What
 * it is sent, and what it answers, is `listener.ts`'s business.
 */
interface Scope {
  onmessage: ((event: { data: { buffer: SharedArrayBuffer; index: number; value: number } }) => void) | null;
  postMessage(message: unknown): void;
}
const scope = globalThis as unknown as Scope;

scope.onmessage = ({ data: { buffer, index, value } }) => {
  Atomics.wait(new Int32Array(buffer), index, value);
  scope.postMessage(undefined);
};
