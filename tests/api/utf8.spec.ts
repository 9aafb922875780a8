/** UTF-8 where an engine has no TextEncoder: the same bytes. */
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => vi.unstubAllGlobals());

test('is the same made by hand', async () => {
  const texts = ['', '\ufeffBOM', '/name', 'grün €', '🜁🜂', 'a\0b', '\ud800x', 'x\udc00', '\udc00\ud800'];
  const encoder = new TextEncoder();
  vi.stubGlobal('TextEncoder', undefined);
  vi.stubGlobal('TextDecoder', undefined);
  const { decode, encode } = await import('../../dist/backend/utf8.js');
  for (const text of texts) {
    expect(encode(text)).toEqual(new Uint8Array(encoder.encode(text)));
    expect(decode(encode(text))).toBe(text.toWellFormed());
  }
  expect(decode(Uint8Array.of(0x41, 0xff))).toBe('Aÿ');
});
