/** Streams over a Unix stream socket, node:net's. */
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { streaming } from './stream.mjs';

const TRY_AGAIN_MS = 5;

export async function open({ namespace }, roles) {
  if (roles.length !== 2) throw new Error('a stream has two ends');
  const path = joinPath(tmpdir(), `sluice-${namespace}`);
  return roles.map((_, index) => ({ ticket: { path, listens: index === 0 } }));
}

async function accept(path) {
  const server = createServer().listen(path);
  const [socket] = await once(server, 'connection');
  server.close(); // and the path is gone
  return socket;
}

/** The other end may not be there yet. */
async function connect(path) {
  const socket = createConnection(path);
  try {
    await once(socket, 'connect');
    return socket;
  } catch {
    await new Promise((done) => setTimeout(done, TRY_AGAIN_MS));
    return connect(path);
  }
}

export async function join({ path, listens }, scenario) {
  const socket = listens ? await accept(path) : await connect(path);
  return streaming(scenario, socket, socket);
}
