/** What it all amounts to, printed; false where too much survives. */
import { argued } from './argued.mjs';

const ALL_FOUND = ['wake', 'cas'];
const LEAST = 0.95;

/** Of a sample: the range in which the share of the whole lies, 95 times of 100 (Wilson). */
function interval(found, total) {
  const z = 1.96;
  const p = found / total;
  const middle = p + (z * z) / (2 * total);
  const half = z * Math.sqrt((p * (1 - p)) / total + (z * z) / (4 * total * total));
  return [middle - half, middle + half].map((each) => percent(each / (1 + (z * z) / total))).join(' to ');
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

function line(good, name, { judged, found, reasoned }, sample) {
  const range = sample && judged > 0 ? `, of all of them ${interval(found, judged)}` : '';
  const share = judged > 0 ? percent(found / judged) : 'none';
  console.log(`${good ? 'ok' : 'not ok'} mutants: ${name}: ${found} of ${judged} found, ${share}${range}; ${reasoned} argued`);
  return good;
}

function count(asked, known) {
  const open = asked.filter((each) => !argued.has(each.key));
  return {
    judged: open.length,
    found: open.filter((each) => known.get(each.key)?.by).length,
    reasoned: asked.length - open.length,
  };
}

export function judge({ asked, known, stale, sample }) {
  let good = true;
  for (const key of stale) {
    console.log(`not ok mutants: equivalent.txt: stale, or without a reason: ${key}`);
    good = false;
  }
  for (const each of asked)
    if (!argued.has(each.key) && !known.get(each.key)?.by) console.log(`# ${each.file}:${each.line} survives: ${each.key}`);
  for (const name of [...new Set(asked.map((each) => each.class))].sort()) {
    const sum = count(
      asked.filter((each) => each.class === name),
      known,
    );
    good = line(!ALL_FOUND.includes(name) || sum.found === sum.judged, name, sum, sample) && good;
  }
  const sum = count(asked, known);
  return line(sum.judged > 0 && sum.found / sum.judged >= LEAST, 'all', sum, sample) && good;
}
