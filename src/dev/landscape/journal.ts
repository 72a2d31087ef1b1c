import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { JournalRecord } from './landscape-types.ts';

/**
 * An append-only file of JSON lines. A line is on its way to the disk when `append` returns, so killing the process
 * loses nothing.
 */
export interface Journal {
  /** Everything recorded before it was opened, oldest first. */
  readonly records: JournalRecord[];
  append(record: JournalRecord): void;
  /** Forgets everything. */
  clear(): void;
  close(): void;
}

/** Opens a journal, or creates it. A last line that was torn by a crash is cut off; a broken line before it is an error. */
export function openJournal(path: string): Journal {
  const { records, goodBytes } = existsSync(path) ? readRecords(path) : { records: [], goodBytes: 0 };
  const file = openSync(path, 'a', 0o600);
  ftruncateSync(file, goodBytes);
  return {
    records,
    append(record) {
      writeWhole(file, Buffer.from(`${JSON.stringify(record)}\n`));
    },
    clear() {
      ftruncateSync(file, 0);
    },
    close() {
      closeSync(file);
    },
  };
}

function writeWhole(file: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}

function readRecords(path: string): { records: JournalRecord[]; goodBytes: number } {
  const content = readFileSync(path);
  const records: JournalRecord[] = [];
  let start = 0;
  // A line that does not end in a line break was torn: a line counts only together with its end.
  for (let end = content.indexOf(10); end !== -1; end = content.indexOf(10, start)) {
    records.push(parseLine(content.toString('utf8', start, end), path, records.length + 1));
    start = end + 1;
  }
  return { records, goodBytes: start };
}

function parseLine(line: string, path: string, number: number): JournalRecord {
  try {
    return JSON.parse(line) as JournalRecord;
  } catch (cause) {
    throw new Error(
      `Line ${number} of the landscape's journal ${path} is not JSON. Move the file away to start with a fresh landscape.`,
      { cause },
    );
  }
}
