/** Runs one checker until it fails, ends, or has had its time. */
import { spawn } from 'node:child_process';

const KIB = 6 * 2 ** 20;
const FINDING = /^not ok .*\n|ERROR: AddressSanitizer.*\n|WARNING: ThreadSanitizer.*\n/m;
const SANITIZERS = {
  ASAN_OPTIONS: 'hard_rss_limit_mb=1000:detect_leaks=0',
  TSAN_OPTIONS: 'memory_limit_mb=1500:halt_on_error=1',
};

/** { found, seconds }: what told that something is wrong, or undefined. */
export function ask(checker, { env, seconds }) {
  const limits = [`ulimit -S -t ${Math.ceil(checker.cpu ?? seconds)}`, checker.asan ? ':' : `ulimit -v ${KIB}`];
  const script = `${limits.join('; ')}; exec setarch -R "$@"`;
  const start = performance.now();
  return new Promise((resolve) => {
    const child = spawn('bash', ['-c', script, 'bash', checker.program, ...(checker.args ?? [])], {
      detached: true,
      stdio: ['ignore', 'pipe', checker.asan ? 'pipe' : 'ignore'],
      env: { ...process.env, ...SANITIZERS, ...checker.env, ...env },
    });
    let text = '';
    let found;
    const end = (why) => {
      found ??= why;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {}
    };
    const timer = setTimeout(end, 1000 * (checker.cpu ? 10 * checker.cpu : seconds), 'stuck');
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (chunk) => {
        text = text.slice(-1000) + chunk;
        const finding = text.match(FINDING)?.[0];
        if (finding) end(finding.trim());
      });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const cut = signal === 'SIGXCPU' && checker.cpu;
      if (!cut && code !== 0) found ??= signal === 'SIGXCPU' ? 'stuck' : `ended with ${signal ?? code}`;
      resolve({ found, seconds: (performance.now() - start) / 1000 });
    });
  });
}
