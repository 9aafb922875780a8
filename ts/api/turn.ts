/** After timers and whatever else is due: who takes many steps lets others in between. */
export const nextTurn: (action: () => void) => void =
  (globalThis as { setImmediate?: (action: () => void) => void }).setImmediate ??
  ((action) => {
    if (typeof MessageChannel !== 'function') return void Promise.resolve().then(action); // an AudioWorklet has no timers either
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      action();
    };
    port2.postMessage(undefined);
  });
