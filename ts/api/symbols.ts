/// <reference lib="esnext.disposable" preserve="true" />
/**
 * `Symbol.dispose` where the engine has it (Node since 20.4), else a stand-in of our own: nothing
 * is put into the engine's globals. Code that says `using` needs the engine's (or its compiler's) anyway.
 */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose);
export const asyncDispose: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as typeof Symbol.asyncDispose);

/** What console.log asks in Node. */
export const inspect = Symbol.for('nodejs.util.inspect.custom');
