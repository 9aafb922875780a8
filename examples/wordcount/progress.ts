/** One line on a terminal, written over and over; nothing where stderr is none. */
export class Progress {
  readonly wanted = process.stderr.isTTY === true;

  show(text: string): void {
    if (this.wanted) process.stderr.write(`\r\x1b[K${text}`);
  }

  clear(): void {
    this.show('');
  }
}
