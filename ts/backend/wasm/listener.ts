import type { HelperWorker } from '../backend.js';

/** Tells when a word of the memory is no longer what it was, one word at a time. */
export interface Listener {
  /** Rejects where nothing can be awaited. */
  next(words: Int32Array, index: number, value: number): Promise<unknown>;
  /** Nothing is awaited any more. */
  end(): void;
}

/** `Atomics.waitAsync`; or, where it is missing, a worker that sleeps in its place. */
export function newListener(helper: (() => HelperWorker) | undefined): Listener {
  return typeof Atomics.waitAsync === 'function' ? itself : byHelper(helper!);
}

const itself: Listener = {
  next: async (words, index, value) => Atomics.waitAsync(words, index, value).value,
  end() {},
};

function begin(start: () => HelperWorker): HelperWorker {
  const worker: Partial<HelperWorker> | undefined = start();
  if (typeof worker?.postMessage === 'function') return worker as HelperWorker;
  throw new Error('helper() gave no worker');
}

function byHelper(start: () => HelperWorker): Listener {
  let worker: HelperWorker | undefined;
  return {
    async next(words, index, value) {
      worker ??= begin(start);
      const helper = worker;
      return new Promise((resolve, reject) => {
        helper.onmessage = resolve;
        helper.onerror = () =>
          reject(new Error("the helper ended: it has to be a worker whose script is `import 'sluice/helper'`"));
        helper.postMessage({ buffer: words.buffer, index, value });
      });
    },
    end: () => worker?.terminate(),
  };
}
