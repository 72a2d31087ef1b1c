/** The inputs that signals and updates of stacks may carry. */
import { z } from 'zod';
import { LONGEST_LABEL, LONGEST_STACK_NAME } from '../../domain/stacks/multipart-name.ts';
import { HA_POLICIES, OBJECT_TYPES } from '../../domain/stacks/definition.ts';
import { DESIRED_STATES, STACK_ACTIONS } from '../../domain/stacks/statuses.ts';
import { isClean } from '../../domain/texts.ts';
import { lazily, nameText, rowID } from '../parsed-messages.ts';

const BY_HAND = 'an operator';
const actor = lazily(() => nameText().default(BY_HAND));
/** Far more than one round of the monitor tells of one stack. */
const MOST_NEWS = 10_000;
/** An ID, a stack, a label and an object with a space between each two: a character of a label may be encoded in twelve. */
const LONGEST_OWNER_KEY = 36 + LONGEST_STACK_NAME + 12 * LONGEST_LABEL + LONGEST_STACK_NAME + 3;

/** An operator may send it by hand: in either case, and without a name. */
export const actionInput = lazily(() =>
  z.object({
    action: z
      .string({ error: `action must be one of ${STACK_ACTIONS.join(', ')}` })
      .transform((given) => given.toUpperCase())
      .pipe(z.enum(STACK_ACTIONS, { error: `action must be one of ${STACK_ACTIONS.join(', ')}` })),
    actor: actor(),
    /** An owner key: what can't be stored can't be one. */
    startedFor: z.string().max(LONGEST_OWNER_KEY).refine(isClean).optional(),
  }),
);

/** The fields that stand here must fit; others that are added later go through. */
const plan = lazily(() =>
  z.looseObject({
    oplans: z.array(
      z.looseObject({
        label: z.string(),
        objType: z.enum(OBJECT_TYPES),
        haPolicy: z.enum(HA_POLICIES),
        objects: z.array(z.string()),
        needs: z.array(z.string()),
        uses: z.array(z.string()).optional(),
        digest: z.string(),
      }),
    ),
    relationships: z.array(z.object({ oplan: z.string(), to_oplan: z.string(), type: z.literal('depends') })),
    schedule: z.object({ start_time: z.string().nullable(), stop_time: z.string().nullable() }),
    digest: z.string(),
  }),
);

/** The definition is looked for under its revision: one that can't be an ID would be looked for again for ever. */
export const defineInput = lazily(() => z.object({ revision: rowID(), plan: plan(), actor: actor() }));

export const removeInput = lazily(() =>
  z
    .object({ actor: actor() })
    .nullish()
    .transform((given) => given ?? { actor: BY_HAND }),
);

export const instanceInput = lazily(() =>
  z.object({
    instance: z.string(),
    desired: z.enum(DESIRED_STATES),
    actor: actor(),
  }),
);

export const observedInput = lazily(() =>
  z.array(z.object({ label: z.string(), name: z.string() })).max(MOST_NEWS),
);
