/** Live bars in a terminal, plain lines elsewhere. */
import cliProgress from 'cli-progress';
import type { DemoOrchestration } from './client.ts';

export interface Progress {
  show(orchestration: DemoOrchestration): void;
  end(): void;
}

const ENDED = ['succeeded', 'failed', 'canceled'];

export function createProgress(output: NodeJS.WriteStream, workers: number): Progress {
  return output.isTTY ? bars(output, workers) : lines(output);
}

function bars(stream: NodeJS.WriteStream, workers: number): Progress {
  const multi = new cliProgress.MultiBar(
    { format: '  {what} |{bar}| {value}/{total}  {note}', stream, hideCursor: true, clearOnComplete: false },
    cliProgress.Presets.shades_classic,
  );
  const finished = multi.create(1, 0, { what: 'finished ', note: '' });
  const running = multi.create(workers, 0, { what: 'upgrading', note: 'at once' });
  return {
    show: ({ state, operationStats }) => {
      const { done, total, failed } = sums(operationStats);
      finished.setTotal(Math.max(total, 1));
      finished.update(done, { note: `${state}${failed > 0 ? `, ${failed} failed` : ''}` });
      running.update(operationStats['in progress'] ?? 0);
    },
    end: () => multi.stop(),
  };
}

function lines(stream: NodeJS.WriteStream): Progress {
  let last = '';
  return {
    show: ({ state, operationStats }) => {
      const { done, total } = sums(operationStats);
      const line = `  ${state}: ${done} of ${total} finished, ${operationStats['in progress'] ?? 0} upgrading\n`;
      if (line !== last) stream.write(line);
      last = line;
    },
    end: () => undefined,
  };
}

function sums(stats: Record<string, number>): { done: number; total: number; failed: number } {
  const sum = (states: string[]): number => states.reduce((total, state) => total + (stats[state] ?? 0), 0);
  return { done: sum(ENDED), total: sum(Object.keys(stats)), failed: stats['failed'] ?? 0 };
}
