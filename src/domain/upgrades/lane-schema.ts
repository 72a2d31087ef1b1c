/** The lane in a request. Which ones there are is a setting, so that it is looked up later. */
import { givenText } from './selector-schema.ts';
import { SHORT_NAME, SHORT_NAME_ERROR } from './short-names.ts';

export const laneSchema = givenText(
  'Lane in which it waits for its turn and works; one orchestration has the turn of a lane at a time. The first one of the setting LANES by default.',
  'urgent',
).refine((text) => !text || SHORT_NAME.test(text), { error: SHORT_NAME_ERROR });
