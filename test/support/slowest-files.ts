/** Says at the end of a run which test files took longest, so that a slow one is noticed when it comes in. */
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

const SHOWN = 10;
const WORTH_SAYING_MS = 1_000;

export default class SlowestFiles implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const slowest = modules
      .map((module) => ({ file: relative(process.cwd(), module.moduleId), ms: duration(module) }))
      .filter(({ ms }) => ms >= WORTH_SAYING_MS)
      .sort((a, b) => b.ms - a.ms)
      .slice(0, SHOWN);
    if (slowest.length === 0) return;
    console.log('\n Slowest files');
    for (const { file, ms } of slowest) console.log(`${(ms / 1000).toFixed(1).padStart(8)} s  ${file}`);
  }
}

/** Milliseconds, with what the file imports and sets up. */
function duration(module: TestModule): number {
  const { collectDuration, duration: tests, setupDuration } = module.diagnostic();
  return collectDuration + setupDuration + tests;
}
