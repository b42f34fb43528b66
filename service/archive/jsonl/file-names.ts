/** `runs-20261128T150000000Z-HOST-PID-RANDOM.jsonl`: in the order of time, and never two processes' or two starts' own. */
const NAME = /^runs-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-.*\.jsonl$/;

/** The name of a new file. `owner` tells it from those of others. */
export function fileName(nowMs: number, owner: string): string {
  const time = new Date(nowMs).toISOString().replace(/[-:.]/g, '');
  return `runs-${time}-${owner.replace(/[^\w.-]/g, '_')}.jsonl`;
}

/** When the file was begun, epoch ms; undefined: it is none of the archive's. */
export function begunAtMs(name: string): number | undefined {
  const [, ...parts] = NAME.exec(name) ?? [];
  const [year, month, day, hour, minute, second, ms] = parts.map(Number);
  if (year === undefined || month === undefined) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second, ms);
}
