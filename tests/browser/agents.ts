/** In the page: a worker of agent.ts for whoever has the other end of the port. */
export function serveAgent(port: MessagePort): void {
  const worker = new Worker(new URL('./agent.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => port.postMessage(data);
  worker.onerror = ({ message }) => port.postMessage({ id: 0, error: { name: 'Error', message } });
  port.onmessage = ({ data }) => (data === 'terminate' ? worker.terminate() : worker.postMessage(data));
}
