import { createMeter, type Meter } from '../../src/domain/measures.ts';

/** A meter that keeps what it is told: the values by the name of the measure and its labels, like `window_missed_total upgradeKyma`. */
export function recordingMeter(): { meter: Meter; take: () => Record<string, number[]> } {
  let told: Record<string, number[]> = {};
  const meter = createMeter(({ name }) => (labels, value) => {
    const series = [name.replace(/^drydock_/, ''), ...Object.values(labels)].join(' ');
    (told[series] ??= []).push(value);
  });
  return {
    meter,
    // Measures since the last time.
    take: () => {
      const taken = told;
      told = {};
      return taken;
    },
  };
}
