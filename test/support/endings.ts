/**
 * Closes at the end of a test what it opened, and at the end of a file what that opened, also when a test has failed. Apart
 * from clean-up.ts, which is loaded anew for each file: files that share a process share this module.
 */
import { TestRunner } from 'vitest';

type Close = () => Promise<void> | void;

const openInTest: Close[] = [];
const openInFile: Close[] = [];

/** Runs at the end of the test, the newest first; one that fails does not keep the others from running. */
export function atEndOfTest(close: Close): void {
  openInTest.push(close);
}

/** Likewise at the end of the test file. */
export function atEndOfFile(close: Close): void {
  openInFile.push(close);
}

/** True in a test, false outside of all tests of the file. Tests beside each other in one file can't be told apart. */
export function isInTest(): boolean {
  return TestRunner.getCurrentTest() !== undefined;
}

export async function endTest(): Promise<void> {
  await closeAll(openInTest);
}

export async function endFile(): Promise<void> {
  await closeAll([...openInFile.splice(0), ...openInTest.splice(0)]);
}

async function closeAll(open: Close[]): Promise<void> {
  const failures: unknown[] = [];
  for (let close = open.pop(); close; close = open.pop()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be cleaned up');
}
