/** One agent in a worker of its own: attaches by ticket, then runs the functions that it is sent. As `tests/conformance/agent.mjs`. */
import { attach, type Ipc } from 'sluice';

let ipc: Ipc;
/** What the functions keep from one call to the next. */
const kept = {};
const port = self as unknown as Worker;

async function join(ticket: ReturnType<Ipc['ticket']>): Promise<string> {
  ipc = await attach(ticket);
  return 'ready';
}

port.onmessage = async ({ data: { id = 0, ticket, source, args = [] } }) => {
  try {
    const value = ticket ? await join(ticket) : await new Function(`return (${source})`)()({ ipc, kept, port }, ...args);
    port.postMessage({ id, value });
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    port.postMessage({ id, error: { name, message, code } });
  }
};
