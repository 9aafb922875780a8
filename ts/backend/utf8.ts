/** UTF-8 everywhere: an AudioWorklet has no TextEncoder, nor a TextDecoder. */
export const encode: (text: string) => Uint8Array<ArrayBuffer> =
  typeof TextEncoder === 'function' ? encodeWith(new TextEncoder()) : encodeByHand;

/** What is no UTF-8 is shown somehow. */
export function decode(bytes: Uint8Array<ArrayBuffer>): string {
  if (typeof TextDecoder === 'function') return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const chars = String.fromCharCode(...bytes);
  try {
    return decodeURIComponent(escape(chars));
  } catch {
    return chars;
  }
}

function encodeWith(encoder: TextEncoder): typeof encode {
  return (text) => encoder.encode(text);
}

/** A lone surrogate becomes U+FFFD, as with a TextEncoder. */
function encodeByHand(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(unescape(encodeURIComponent(text.toWellFormed())), (char) => char.charCodeAt(0));
}
