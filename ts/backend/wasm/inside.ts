import { moduleBase64 } from './module.gen.js';

/** The core that this package carries inside its JavaScript. What Node does at once costs less than a loop that runs once and a compiler's threads. */
export async function moduleInside(): Promise<WebAssembly.Module> {
  if (typeof Buffer === 'function') return new WebAssembly.Module(new Uint8Array(Buffer.from(moduleBase64, 'base64')));
  const text = atob(moduleBase64);
  return WebAssembly.compile(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}
