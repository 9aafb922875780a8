/** What every thing of Node's streams shares: messages of one length are parsed from what comes. */
import { once } from 'node:events';
import { eventful, newMessage, summer } from '../works.mjs';

export function streaming(scenario, reader, writer) {
  const message = newMessage(scenario);
  const { length } = message;
  const sum = summer(scenario);
  const listen = (handler) => {
    let rest = Buffer.alloc(0);
    reader.on('data', (chunk) => {
      const all = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      let at = 0;
      for (; all.length - at >= length; at += length) handler(sum(all.subarray(at, at + length)));
      rest = all.subarray(at);
    });
  };
  /** A copy: a stream may keep what it is given. */
  const put = () => (writer.write(Buffer.from(message)) ? undefined : once(writer, 'drain'));
  return eventful(scenario, message, put, listen);
}
