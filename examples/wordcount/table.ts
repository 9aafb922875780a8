import type { Outcome } from './run.js';

/** A job's runs, and the table's line for them: medians. */
export interface Row {
  name: string;
  files: number;
  runs: Omit<Outcome, 'totals'>[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export const megabytesASecond = ({ bytes, seconds }: { bytes: number; seconds: number }): number => bytes / 1e6 / seconds;

const heads = ['job', 'files', 'MB', 'MB/s', 'messages/s', 'resident MB'];

function cells({ name, files, runs }: Row): string[] {
  const of = (value: (run: Row['runs'][number]) => number, digits = 0) => {
    const middle = median(runs.map(value));
    return middle.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  };
  const messages = runs[0]!.messages === 0 ? '' : of((run) => run.messages / run.seconds);
  const memory = of((run) => run.residentBytes / 1e6);
  return [name, files.toLocaleString('en'), of((run) => run.bytes / 1e6, 1), of(megabytesASecond, 1), messages, memory];
}

export function tableOf(rows: readonly Row[]): string {
  const lines = [heads, ...rows.map(cells)];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const layOut = (line: string[]) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ');
  return lines.map(layOut).join('\n');
}

/** How a job's throughput compares with another's of the same rounds. */
export function comparison(row: Row, base: Row): string {
  const [own, other] = [row, base].map(({ runs }) => runs.map(megabytesASecond)) as [number[], number[]];
  const ratio = `${row.name}: ${(median(own) / median(other)).toFixed(2)} times the MB/s of ${base.name}`;
  if (own.length === 1) return ratio;
  const ratios = own.map((speed, i) => speed / other[i]!);
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  return `${ratio} (medians of ${own.length} rounds; single rounds ${least.toFixed(2)} to ${most.toFixed(2)})`;
}
