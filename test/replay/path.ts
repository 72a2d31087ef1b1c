/** The way that a run has gone, as its history tells it: a recording names the steps that it is about. */
import { z } from 'zod';

const payloads = z.object({ payloads: z.array(z.object({ data: z.string().optional() })).optional() });

const update = z.object({ input: z.object({ name: z.string(), args: payloads.optional() }) });

const attributes = z.looseObject({
  activityType: z.object({ name: z.string() }).optional(),
  signalName: z.string().optional(),
  request: update.optional(),
  acceptedRequest: update.optional(),
  acceptedRequestSequencingEventId: z.string().optional(),
  input: payloads.optional(),
  result: payloads.optional(),
  failure: z.object({ message: z.string().optional() }).optional(),
  scheduledEventId: z.string().optional(),
  initiatedEventId: z.string().optional(),
  acceptedEventId: z.string().optional(),
  startedEventId: z.string().optional(),
  markerName: z.string().optional(),
  details: z.unknown().optional(),
});
type Attributes = z.output<typeof attributes>;

const LOCAL_ACTIVITY = 'core_local_activity';

/** Of a marker, which is how a history has a local activity. */
const localDetails = z.object({ data: payloads.optional(), result: payloads.optional() });

const history = z.object({
  events: z.array(
    z.looseObject({
      eventId: z.string(),
      eventType: z.string(),
      userMetadata: z.object({ summary: z.object({ data: z.string().optional() }).optional() }).optional(),
    }),
  ),
});

/** Verbs for events of an activity, a timer, a child, a message, or the run itself. Workflow tasks and search attributes say nothing of the way. */
const VERBS: Record<string, string> = {
  WORKFLOW_EXECUTION_STARTED: 'begins',
  WORKFLOW_EXECUTION_CANCEL_REQUESTED: 'is to be canceled',
  WORKFLOW_EXECUTION_COMPLETED: 'ends',
  WORKFLOW_EXECUTION_FAILED: 'fails',
  WORKFLOW_EXECUTION_CANCELED: 'is canceled',
  WORKFLOW_EXECUTION_TERMINATED: 'is terminated',
  WORKFLOW_EXECUTION_CONTINUED_AS_NEW: 'continues as new',
  WORKFLOW_EXECUTION_SIGNALED: 'comes in',
  WORKFLOW_EXECUTION_UPDATE_ADMITTED: 'comes in',
  WORKFLOW_EXECUTION_UPDATE_ACCEPTED: 'is accepted',
  WORKFLOW_EXECUTION_UPDATE_COMPLETED: 'is answered',
  MARKER_RECORDED: 'answers',
  ACTIVITY_TASK_SCHEDULED: 'begins',
  ACTIVITY_TASK_COMPLETED: 'answers',
  ACTIVITY_TASK_FAILED: 'fails',
  ACTIVITY_TASK_TIMED_OUT: 'times out',
  ACTIVITY_TASK_CANCEL_REQUESTED: 'is to be canceled',
  ACTIVITY_TASK_CANCELED: 'is canceled',
  TIMER_STARTED: 'begins',
  TIMER_FIRED: 'fires',
  TIMER_CANCELED: 'is canceled',
  START_CHILD_WORKFLOW_EXECUTION_INITIATED: 'begins',
  START_CHILD_WORKFLOW_EXECUTION_FAILED: 'is refused',
  CHILD_WORKFLOW_EXECUTION_STARTED: 'is started',
  CHILD_WORKFLOW_EXECUTION_COMPLETED: 'answers',
  CHILD_WORKFLOW_EXECUTION_FAILED: 'fails',
  CHILD_WORKFLOW_EXECUTION_TERMINATED: 'is terminated',
  SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED: 'is sent',
  EXTERNAL_WORKFLOW_EXECUTION_SIGNALED: 'is delivered',
  SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED: 'is refused',
};

/**
 * One text for each event, such as `readPlan answers {"items":[]}`, `timer (until the next windows begin) fires`, `child answers
 * {"kind":"missed"}` or `run ends "canceled"`.
 */
export function stepsOf(recorded: unknown): string[] {
  const subjects = new Map<string, string>();
  const steps: string[] = [];
  for (const event of history.parse(recorded).events) {
    const type = event.eventType.replace('EVENT_TYPE_', '');
    const verb = VERBS[type];
    if (verb === undefined) continue;
    const key = Object.keys(event).find((name) => name.endsWith('Attributes')) ?? '';
    const given = attributes.parse(event[key]);
    // Other markers are of patches, which say nothing of the way.
    if (type === 'MARKER_RECORDED' && given.markerName !== LOCAL_ACTIVITY) continue;
    const begunBy =
      given.scheduledEventId ??
      given.initiatedEventId ??
      given.acceptedEventId ??
      given.acceptedRequestSequencingEventId ??
      given.startedEventId;
    const summary = textOf(event.userMetadata?.summary);
    const subject = subjects.get(begunBy ?? '') ?? subjectOf(type, given, summary);
    subjects.set(event.eventId, subject);
    const isLocal = type === 'MARKER_RECORDED';
    const { input, failure, request = given.acceptedRequest } = given;
    const result = isLocal ? localDetails.parse(given.details).result : given.result;
    const said = failure?.message ?? saidIn(result ?? request?.input.args ?? input);
    steps.push(`${subject} ${isLocal && failure ? 'fails' : verb} ${said}`.trimEnd());
  }
  return steps;
}

function subjectOf(type: string, given: Attributes, summary: string): string {
  if (type === 'MARKER_RECORDED') {
    const { data } = localDetails.parse(given.details);
    return z.object({ activity_type: z.string() }).parse(JSON.parse(saidIn(data))).activity_type;
  }
  if (type === 'TIMER_STARTED') return summary === '' ? 'timer' : `timer (${JSON.parse(summary)})`;
  if (type.startsWith('START_CHILD')) return 'child';
  const { activityType, signalName, request = given.acceptedRequest } = given;
  return activityType?.name ?? signalName ?? request?.input.name ?? 'run';
}

function saidIn(said: z.output<typeof payloads> | undefined): string {
  return (said?.payloads ?? []).map(textOf).join(' ');
}

function textOf(payload: { data?: string } | undefined): string {
  return Buffer.from(payload?.data ?? '', 'base64').toString('utf8');
}

/** The beginning of a step, or what is to be found in it. */
export type Path = readonly (string | RegExp)[];

/** The first of these steps that does not follow, with others in between, those before it; undefined when all do. */
export function missingFrom(steps: readonly string[], path: Path): string | RegExp | undefined {
  let at = -1;
  for (const wanted of path) {
    at = steps.findIndex(
      (step, index) =>
        index > at && (typeof wanted === 'string' ? step.startsWith(wanted) : wanted.test(step)),
    );
    if (at === -1) return wanted;
  }
  return undefined;
}
