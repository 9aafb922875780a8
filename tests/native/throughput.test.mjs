/** The blocking forms on what is ready, against the same system calls from a C loop. The figures are printed; pass is that it ran. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { Agent, Op, patient } from './harness.mjs';

const PAIRS = 300_000;

function inC() {
  const folder = mkdtempSync('/tmp/sluice-throughput-');
  const source = new URL('throughput.c', import.meta.url).pathname;
  try {
    execFileSync('cc', ['-O2', '-D_GNU_SOURCE', source, '-o', `${folder}/c`, '-pthread', '-lrt']);
    return new Map(
      execFileSync(`${folder}/c`, { encoding: 'utf8' })
        .trim()
        .split('\n')
        .map((line) => line.split(' ')),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const request = (op, handle, bytes) => ({
  op,
  handle,
  args: new Uint32Array(6),
  out: new Uint32Array(4),
  bytes,
  name: undefined,
});

function rate({ backend }, give, take) {
  let best = 0;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    for (let i = 0; i < PAIRS; i++) {
      if (backend.block(give, Number.POSITIVE_INFINITY) < 0 || backend.block(take, Number.POSITIVE_INFINITY) < 0)
        throw new Error('failed');
    }
    best = Math.max(best, (PAIRS / (performance.now() - start)) * 1000);
  }
  return best;
}

test('what is ready costs one system call', patient, (t) => {
  const c = inC();
  const agent = new Agent();
  t.after(() => agent.close());
  const bytes = new Uint8Array(64);
  const queue = agent.queue(4, 64);
  const semaphore = agent.semaphore();
  const [reader, writer] = agent.pipe(65536);
  const rates = {
    mq: rate(agent, request(Op.MQ_SEND, queue, bytes), request(Op.MQ_RECEIVE, queue, bytes)),
    sem: rate(agent, request(Op.SEM_POST, semaphore), request(Op.SEM_WAIT, semaphore)),
    pipe: rate(agent, request(Op.PIPE_WRITE, writer, bytes), request(Op.PIPE_READ, reader, bytes)),
  };
  for (const [name, js] of Object.entries(rates)) {
    const ratio = js / Number(c.get(name));
    t.diagnostic(`${name}: ${Math.round(js)} pairs/s, C ${c.get(name)}, ratio ${ratio.toFixed(2)}`);
    assert.ok(js > 0);
  }
});
