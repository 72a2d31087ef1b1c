/** The setting LANES: `default:100,urgent:20`. */
import { z } from 'zod';
import { DEFAULT_LANES, MOST_LANES, type Lane, type Lanes } from '../domain/upgrades/lanes.ts';
import { MOST_WORKERS } from '../domain/upgrades/orchestration-parameters.ts';
import { SHORT_NAME, SHORT_NAME_ERROR } from '../domain/upgrades/short-names.ts';

/** Reads the names of lanes with their caps, in their order. */
export const laneList = z
  .string()
  .transform((text, context): Lanes => {
    const read = readLanes(text);
    if (typeof read !== 'string') return read;
    context.addIssue({ code: 'custom', message: read });
    return z.NEVER;
  })
  .default(DEFAULT_LANES);

/** Answers what is wrong, as part of a sentence that begins with the name of the setting. */
function readLanes(text: string): Lanes | string {
  const lanes: Lane[] = [];
  for (const entry of text.split(',')) {
    const [name = '', cap = '', ...others] = entry.trim().split(':');
    if (cap === '' || others.length > 0) return 'must be a list like default:100,urgent:20';
    if (!SHORT_NAME.test(name)) return `must have other names: each ${SHORT_NAME_ERROR}`;
    if (lanes.some((lane) => lane.name === name)) return `must name the lane ${name} once`;
    if (!/^\d+$/.test(cap) || Number(cap) < 1 || Number(cap) > MOST_WORKERS)
      return `must have caps that are whole numbers from 1 to ${MOST_WORKERS.toLocaleString('en-US')}`;
    lanes.push({ name, cap: Number(cap) });
  }
  const [first, ...more] = lanes;
  if (!first || lanes.length > MOST_LANES) return `must not have more than ${MOST_LANES} lanes`;
  return [first, ...more];
}
