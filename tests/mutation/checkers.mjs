/**
 * Who may find a mistake: a program each, with what it takes. A further checker is one more entry.
 *
 * cpu      seconds of processor time after which a search is cut short, having found nothing; else such a run is stuck
 * classes  mistakes that it is asked about; without, all
 * asan     takes addresses as it likes: no limit on them
 */
import { readdirSync } from 'node:fs';

const home = 'build/mutants';
const named = (folder, start = '') =>
  readdirSync(`tests/${folder}`)
    .filter((file) => file.endsWith('.c') && file.startsWith(start))
    .map((file) => file.replace('.c', ''));

const model = (name, more) => ({ name, program: `${home}/fake/tests/model/${name}`, ...more });
const together = ['order', 'cas', 'wake'];
const alone = ['comparison', 'constant', 'arithmetic', 'left out'];
/** Where nothing, or nothing but this machine's strong memory, runs beside, no order is missed. */
const unordered = [...alone, 'cas', 'wake'];

const units = named('c').map((name) => ({ name: `c/${name}`, program: `${home}/plain/tests/c/${name}`, classes: unordered }));

/** `stale`: loads may return older values. */
export const checkers = [
  ...units,
  { name: 'faults', program: `${home}/plain/tests/faults/core`, classes: unordered },
  ...named('model', 'deaths').map((name) => model(name, { name: `${name} once`, env: { DEATHS_ONCE: '1' }, classes: unordered })),
  model('linear_sem'),
  model('gone'),
  model('overtaken'),
  model('overtaken_data'),
  model('late'),
  ...named('model', 'pairs').map((name) => model(name, { args: ['2', '10'] })),
  { name: 'restless', program: `${home}/hostile/tests/fuzz/restless`, asan: true, classes: unordered },
  { name: 'hostile', program: `${home}/hostile/tests/fuzz/hostile`, args: ['1', '5000'], asan: true, classes: unordered },
  ...['ring_race', 'pipe', 'mqueue', 'semaphore', 'event'].map((name) => ({
    name: `tsan/${name}`,
    program: `${home}/tsan/tests/c/${name}`,
    classes: ['order'],
    asan: true,
    cpu: 10,
  })),
  ...['event', 'ring', 'one_step'].flatMap((name) => [
    model(name, { name: `${name} briefly`, cpu: 2 }),
    model(name, { cpu: 60 }),
  ]),
  ...named('model', 'pairs').map((name) =>
    model(name, { name: `${name} longer`, args: ['2', '300'], cpu: 20, classes: together }),
  ),
  ...['event', 'ring', 'pipe', 'newcomer', 'linear_sem', ...named('model', 'pairs')].map((name) => {
    const args = name.startsWith('pairs') ? ['2', '300'] : [];
    return model(name, { name: `${name} stale`, args, env: { STALE: '1', MOST: '5000' }, cpu: 60, classes: ['order', 'cas'] });
  }),
  { name: 'double_fetch', program: `${home}/hostile/tests/fuzz/double_fetch`, asan: true, classes: alone },
  ...named('model', 'deaths').map((name) => model(name, { classes: unordered })),
];
