/** The order of test files: those that are known to take long begin first, so that no long one begins last. */
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Measured; the longest first. */
export const LONGEST = [
  'test/stacks/servers-away.test.ts',
  'test/e2e/signals.test.ts',
  'test/e2e/start.test.ts',
  'test/e2e/killed.test.ts',
  'test/workflows/waves.test.ts',
  'test/ui/page.test.ts',
  'test/stacks/many.test.ts',
  'test/stacks/order.test.ts',
  'test/e2e/servers-away.test.ts',
  'test/e2e/outages.test.ts',
  'test/replay/replay.test.ts',
  'test/workflows/pause.test.ts',
  'test/e2e/services-away.test.ts',
  'test/stacks/killed.test.ts',
  'test/workflows/freezes.test.ts',
  'test/stacks/continued.test.ts',
  'test/workflows/lanes.test.ts',
  'test/stacks/outages.test.ts',
  'test/workflows/queue.test.ts',
  'test/workflows/races.test.ts',
  'test/workflows/retried-rows.test.ts',
  'test/workflows/checks.test.ts',
  'test/workflows/windows.test.ts',
  'test/stacks/kubernetes.test.ts',
  'test/workflows/continue-as-new.test.ts',
  'test/workflows/wave-looks.test.ts',
  'test/workflows/turns.test.ts',
  'test/workflows/last-look.test.ts',
  'test/workflows/gardener.test.ts',
  'test/e2e/kept-servers.test.ts',
  'test/workflows/policy.test.ts',
  'test/e2e/start-demo.test.ts',
];

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.indexOf(relative(this.ctx.config.root, moduleId));
      return at === -1 ? LONGEST.length : at;
    };
    // Stable: what is not listed keeps its place, and projects stay one after the other.
    return sorted
      .map((file, index) => ({ file, index }))
      .sort((a, b) => (sameProject(a.file, b.file) ? rank(a.file) - rank(b.file) : a.index - b.index))
      .map(({ file }) => file);
  }
}

function sameProject(a: TestSpecification, b: TestSpecification): boolean {
  return a.project.name === b.project.name;
}
