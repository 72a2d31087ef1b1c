/** Live bars in a terminal, plain lines elsewhere. */
import cliProgress from 'cli-progress';
import type { DemoOrchestration } from './client.ts';

export interface Progress {
  show(orchestration: DemoOrchestration): void;
  /** A line that stays. */
  say(line: string): void;
  end(): void;
}

type Wave = DemoOrchestration['waves'][number];

const ENDED = ['succeeded', 'failed', 'canceled'];

export function createProgress(output: NodeJS.WriteStream, workers: number): Progress {
  return output.isTTY ? bars(output, workers) : lines(output);
}

/** One bar for each wave, and one for what is under way. */
function bars(stream: NodeJS.WriteStream, workers: number): Progress {
  const multi = new cliProgress.MultiBar(
    { format: '  {what} |{bar}| {value}/{total}  {note}', stream, hideCursor: true, clearOnComplete: false },
    cliProgress.Presets.shades_classic,
  );
  const running = multi.create(workers, 0, { what: 'upgrading', note: 'at once' });
  const ofWaves = new Map<string, cliProgress.SingleBar>();
  const barOf = ({ name }: Wave): cliProgress.SingleBar => {
    const bar = ofWaves.get(name) ?? multi.create(1, 0, { what: name.padEnd(9), note: '' });
    ofWaves.set(name, bar);
    return bar;
  };
  return {
    show: ({ waves, pauses, operationStats }) => {
      const note = pauses.length > 0 ? 'paused' : 'at once';
      running.update(operationStats['in progress'] ?? 0, { note });
      for (const wave of waves) {
        const bar = barOf(wave);
        bar.setTotal(Math.max(wave.size, 1));
        const failed = wave.failed > 0 ? `, ${wave.failed} failed` : '';
        bar.update(endedOf(wave), { note: `${wave.phase}${failed}` });
      }
    },
    say: (line) => multi.log(`  ${line}\n`),
    end: () => multi.stop(),
  };
}

function lines(stream: NodeJS.WriteStream): Progress {
  let last = '';
  return {
    show: ({ state, operationStats, waves }) => {
      const done = ENDED.reduce((sum, ended) => sum + (operationStats[ended] ?? 0), 0);
      const total = Object.values(operationStats).reduce((sum, count) => sum + count, 0);
      const ofWaves = waves
        .map((wave) => `${wave.name} ${wave.phase} ${endedOf(wave)}/${wave.size}`)
        .join(', ');
      const where = ofWaves === '' ? '' : ` (${ofWaves})`;
      const line = `  ${state}: ${done} of ${total} finished, ${operationStats['in progress'] ?? 0} upgrading${where}\n`;
      if (line !== last) stream.write(line);
      last = line;
    },
    say: (line) => void stream.write(`  ${line}\n`),
    end: () => undefined,
  };
}

function endedOf({ succeeded, failed, canceled }: Wave): number {
  return succeeded + failed + canceled;
}
