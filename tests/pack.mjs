/** The packed tarball installs in an empty project, without a compiler, and runs there on both backends. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'sluice-pack-'));
const onLinux = process.platform === 'linux' && process.arch === 'x64';

function check(what, action) {
  try {
    action();
    console.log(`ok ${what}`);
  } catch (error) {
    console.log(`not ok ${what}: ${error.stderr || error.message}`);
    process.exitCode = 1;
  }
}

/** Only Node and what npm needs are on the path: no compiler. */
const bare = { ...process.env, PATH: `${dirname(process.execPath)}-none:${folder}/bin`, npm_config_offline: 'true' };
const npm = execFileSync('which', ['npm'], { encoding: 'utf8' }).trim();
const run = (command, args, options = {}) =>
  execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe', ...options });

const main = `
import { connect, capabilities, IpcError } from 'sluice';
const backends = ${JSON.stringify(onLinux ? ['wasm', 'native'] : ['wasm'])};
for (const backend of backends) {
  if (!capabilities()[backend].available) throw new Error(capabilities()[backend].text);
  await using ipc = await connect({ backend });
  using semaphore = await ipc.semaphore('/sluice-pack-' + process.pid, { create: true, value: 1 });
  await semaphore.wait();
  const code = await semaphore.wait({ timeout: 1 }).catch((error) => error instanceof IpcError && error.code);
  if (code !== 'ETIMEDOUT') throw new Error(String(code));
  await ipc.unlink(semaphore.name, 'semaphore');
  console.log(backend);
}
`;

let tarball;
check('npm pack', () => {
  const [{ filename, files }] = JSON.parse(
    run(npm, ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, resolve('.')]),
  );
  tarball = join(folder, filename);
  const stray = files.filter(({ path }) => !/^(dist|prebuilds)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(path));
  if (stray.length > 0) throw new Error(`holds ${stray.map(({ path }) => path)}`);
  if (onLinux && !files.some(({ path }) => path === 'prebuilds/linux-x64-glibc/sluice.node')) throw new Error('holds no addon');
  console.log(`# ${filename}: ${files.length} files, ${statSync(tarball).size} bytes`);
});
check('installs without a compiler', () => {
  writeFileSync(join(folder, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }');
  run(process.execPath, [npm, 'install', '--no-audit', '--no-fund', tarball], { env: bare });
  const installed = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
  if (installed.join() !== 'sluice') throw new Error(`installed ${installed}`);
});
check('runs there', () => {
  const source = main
    .replaceAll('await using ', 'const ')
    .replaceAll('using ', 'const ')
    .replace('console.log(backend);', 'await ipc.close(); console.log(backend);');
  writeFileSync(join(folder, 'main.mjs'), source);
  const output = run(process.execPath, ['main.mjs'], { env: bare });
  if (output !== (onLinux ? 'wasm\nnative\n' : 'wasm\n')) throw new Error(output);
});
check('sluice bench measures there', () => {
  const bench = ['node_modules/.bin/sluice', 'bench', '--seconds', '1', '--json', 'bench.json'];
  run(process.execPath, bench, { env: bare });
  const { manifest, results } = JSON.parse(readFileSync(join(folder, 'bench.json'), 'utf8'));
  const empty = results.filter(({ sides }) => sides.some(({ messagesPerSecond }) => !(messagesPerSecond > 0)));
  if (!manifest.node || results.length === 0 || empty.length > 0) throw new Error(JSON.stringify(results));
  if (!readFileSync(join(folder, 'node_modules/sluice/dist/bench/LICENSES.txt'), 'utf8').includes('cli-progress'))
    throw new Error('the licence of what is bundled is missing');
});
check('its types compile, in a browser app and in a Node program', () => {
  writeFileSync(
    join(folder, 'app.ts'),
    `import { connect, type Semaphore } from 'sluice';
    const ipc = await connect();
    const queue = await ipc.messageQueue('/q', { create: true });
    new Blob([(await queue.receive()).data]);
    const own: Semaphore = await ipc.open(await (await ipc.semaphore({ value: 1 })).ticket());
    const any = await ipc.open(JSON.parse(''));
    if (any.kind === 'pipeReader') await any.read();
    await own.wait({ signal: AbortSignal.timeout(5) });
    own[Symbol.dispose]();`,
  );
  const tsc = [resolve('node_modules/.bin/tsc'), '--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', 'app.ts'];
  run(process.execPath, [...tsc, '--lib', 'es2022,dom', '--types', '']);
  run(process.execPath, [...tsc, '--lib', 'es2022', '--types', 'node', '--typeRoots', resolve('node_modules/@types')]);
});
check('nothing in it names a folder of this machine', () => {
  const found = readdirSync(join(folder, 'node_modules/sluice'), { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && readFileSync(join(entry.parentPath ?? entry.path, entry.name)).includes(resolve('.')),
  );
  if (found.length > 0) throw new Error(found.map(({ name }) => name).join(' '));
});
rmSync(folder, { recursive: true, force: true });
