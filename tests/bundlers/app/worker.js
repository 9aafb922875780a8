import { attach } from 'sluice';

globalThis.onmessage = async ({ data }) => {
  const ipc = await attach(data);
  const words = await ipc.messageQueue('/words');
  const lengths = await ipc.ring('/lengths');
  for (;;) lengths.sendSync(Uint8Array.of(words.receiveSync().data.length));
};
