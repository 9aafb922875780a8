/** Looking again before sleeping, by a clock and a core of the test's own. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Spin } from '../../dist/backend/wasm/spin.js';

const [AGAIN, MICROSECOND] = [-11, 0.001];

let now = 0;
let tries = 0;
/** What the core answers to the nth try, each of which takes as long as `each`. */
let answer: (nth: number) => number;
let each = MICROSECOND;

const look = () => {
  now += each;
  return answer(++tries);
};
/** How often it looked, and what came of it. */
const spin = (subject: Spin, deadline = Number.POSITIVE_INFINITY) => {
  tries = 0;
  return { n: subject.until(look, deadline), tries };
};

beforeEach(() => {
  [now, each, answer] = [5000, MICROSECOND, () => AGAIN];
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.restoreAllMocks();
});

test('what comes while it looks is taken, and the next wait looks again', () => {
  const subject = new Spin(true);
  answer = (nth) => (nth === 7 ? 3 : AGAIN);
  for (let i = 0; i < 40; i++) expect(spin(subject)).toEqual({ n: 3, tries: 7 });
});

test('an error ends it as well, and nothing is tried after it', () => {
  answer = () => -9;
  expect(spin(new Spin(true))).toEqual({ n: -9, tries: 1 });
});

test('it ends after 20 microseconds', () => {
  const { n } = spin(new Spin(true));
  expect(n).toBe(AGAIN);
  expect(now - 5000).toBeGreaterThanOrEqual(0.02);
  expect(now - 5000).toBeLessThan(0.022);
});

test('after one in vain sixteen waits sleep at once, and the next looks again', () => {
  const subject = new Spin(true);
  for (let round = 0; round < 3; round++) {
    expect(spin(subject).tries).toBeGreaterThan(0);
    for (let i = 0; i < 16; i++) expect(spin(subject)).toEqual({ n: AGAIN, tries: 0 });
  }
});

test('a deadline that comes sooner ends it', () => {
  expect(spin(new Spin(true), 5000.005).tries).toBeLessThanOrEqual(6);
  expect(spin(new Spin(true), 4999)).toEqual({ n: AGAIN, tries: 0 });
});

test('a clock that stands still does not keep it', () => {
  each = 0;
  expect(spin(new Spin(true))).toEqual({ n: AGAIN, tries: 1000 });
});

test('on one processor every wait sleeps at once', () => {
  const subject = new Spin(false);
  for (let i = 0; i < 40; i++) expect(spin(subject)).toEqual({ n: AGAIN, tries: 0 });
});
