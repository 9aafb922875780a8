import { describe, expect, test } from 'vitest';
import { fromBase64, readTicket, toBase64 } from '../../dist/api/ticket.js';
import type { HandleTicket } from '../../ts/api/types.js';

describe('base64', () => {
  test('is what everybody else writes', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length * 11) & 255);
      const text = Buffer.from(bytes).toString('base64');
      expect(toBase64(bytes)).toBe(text);
      expect(fromBase64(text)).toEqual(bytes);
    }
  });

  test('takes nothing else', () => {
    for (const text of ['A', 'AA', 'AAA', 'AA=', 'A===', '====', 'AB==', 'AAB=', 'A A=', 'AA==AAAA', '-_==', 'AAAA\n', 'é===']) {
      expect(fromBase64(text), text).toBeUndefined();
    }
  });
});

test('a ticket is for its backend', () => {
  const ticket: HandleTicket = { kind: 'ring', backend: 'wasm', data: 'AAAA' };
  expect(readTicket(ticket, 'wasm')).toEqual({ kind: 'ring', name: undefined, data: new Uint8Array(3) });
  expect(() => readTicket(ticket, 'native')).toThrow(/for the backend "wasm", this is 'native'/);
});
