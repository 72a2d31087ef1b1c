/** The night report: what happened in a time, who decided, and what waits for somebody, in Markdown. */
import { describePauses } from '../upgrades/rollout-control.ts';
import { minuteOf } from '../upgrades/windows.ts';
import { byWhom, wordsOf } from './event-words.ts';
import type {
  ControlChange,
  Listed,
  NightCounts,
  NightFacts,
  NightOrchestration,
  WebhookChange,
} from './facts.ts';
import {
  heading,
  inWords,
  line,
  list,
  markdownOf,
  paragraph,
  said,
  strong,
  type Line,
  type Part,
} from './markdown-parts.ts';
import { counted, headOf, titleOf } from './upgrade-names.ts';
import { waitingLines } from './waiting-words.ts';

export interface ReportedNight {
  /** RFC 3339 UTC; `until` is no part of it. */
  since: string;
  until: string;
  /** When the facts were read. */
  now: string;
  /** Beginning of links to the page, without a slash at its end; without it there are none. */
  publicURL?: string;
}

/** By the kinds of the log of webhooks. */
const WEBHOOK_DEEDS: Record<string, string> = {
  rotated: 'secret replaced',
  redelivered: 'told again',
};

export function nightReport(facts: NightFacts, night: ReportedNight): string {
  const { orchestrations, policy, queue, webhooks, stacks, waiting } = facts;
  const { since, until, now, publicURL } = night;
  return markdownOf([
    heading(1, 'Night report'),
    paragraph(`${minuteOf(since)} to ${minuteOf(until)}, as of ${minuteOf(now)}. All times are UTC.`),
    paragraph(
      `Something happened to ${counted(orchestrations.total, 'orchestration')}: ${countsText(facts.counts)}.`,
    ),
    heading(2, 'Upgrades'),
    ...(orchestrations.total === 0 ? [paragraph('Nothing happened.')] : []),
    ...orchestrations.rows.flatMap((one) => orchestrationParts(one, publicURL)),
    ...rest(orchestrations, 'orchestration'),
    heading(2, 'Maintenance policy'),
    ...changeParts(policy, ({ what }) => `version ${what} stored`),
    heading(2, 'Queue'),
    ...changeParts(queue, ({ what }) => `everything ${what}`),
    heading(2, 'Webhooks'),
    ...webhookParts(webhooks),
    heading(2, 'Stacks'),
    ...(stacks.total === 0 ? [paragraph('None went into error.')] : []),
    ...list([
      ...earlier(stacks, 'error'),
      ...stacks.rows.map(({ at, stack, fromState, reason }) =>
        line(
          `${minuteOf(at)} `,
          strong(said(stack)),
          ` error after ${said(fromState ?? 'nothing')}: ${said(reason)}`,
        ),
      ),
    ]),
    heading(2, 'What waits for somebody now'),
    ...list(waitingLines(waiting, publicURL)),
  ]);
}

function countsText({ began, succeeded, failed, canceled }: NightCounts): string {
  const canceledText = canceled > 0 ? `, ${number(canceled)} canceled` : '';
  return `${counted(began, 'operation')} began, ${number(succeeded)} succeeded, ${number(failed)} failed${canceledText}`;
}

function number(count: number): string {
  return count.toLocaleString('en-US');
}

function orchestrationParts(one: NightOrchestration, publicURL: string | undefined): Part[] {
  const { state, description, createdBy, createdAt, pauses, counts, causes, otherFailures, events } = one;
  const paused = pauses.length > 0 ? `, ${said(describePauses(pauses))}` : '';
  const failures = causes.map(({ message, count, first, last }) =>
    line(
      `${number(count)} × ${said(message)} (${first === last ? '' : `${minuteOf(first)} to `}${minuteOf(last)})`,
    ),
  );
  const others = otherFailures > 0 ? [line(`${number(otherFailures)} of other causes`)] : [];
  const happened = events.rows.map((event) => line(`${minuteOf(event.at)} ${wordsOf(event, one.waves)}`));
  return [
    heading(3, `${titleOf(one)}: ${state}`),
    ...list([
      line(...headOf(one, publicURL), `, created by ${said(createdBy)} at ${minuteOf(createdAt)}`),
      line(`What it does: ${deedOf(one)}`),
      line(`Now: ${state}${paused}. ${said(description)}`),
      line(`In this time: ${countsText(counts)}`),
      ...under('Causes of failures:', [...failures, ...others]),
      ...under('What happened:', [...earlier(events, 'event'), ...happened]),
    ]),
  ];
}

function deedOf({
  type,
  version,
  isDryRun,
  schedule,
  workers,
  plannedCount,
  restOf,
  waves,
}: NightOrchestration): string {
  const what = type === 'upgradeKyma' ? 'upgrades Kyma' : 'upgrades clusters';
  return [
    `${isDryRun ? 'plays a dry run: ' : ''}${what}${version === null ? '' : ` to ${said(version)}`}`,
    plannedCount === null ? 'without a plan' : `of ${counted(plannedCount, 'runtime')}`,
    schedule === 'immediate' ? 'at once' : 'in maintenance windows',
    counted(workers, 'worker'),
    ...(waves.length > 0 ? [`waves ${waves.map(said).join(', ')}`] : []),
    ...(restOf === null ? [] : [`the rest of ${said(restOf)}`]),
  ].join(', ');
}

function under(what: string, below: Line[]): Line[] {
  return below.length === 0 ? [] : [{ pieces: [what], below }];
}

function changeParts(changes: Listed<ControlChange>, what: (change: ControlChange) => string): Part[] {
  if (changes.total === 0) return [paragraph('No changes.')];
  return list([
    ...earlier(changes, 'change'),
    ...changes.rows.map((change) =>
      line(`${minuteOf(change.at)} ${what(change)}${byWhom(change)}${inWords(change.reason)}`),
    ),
  ]);
}

function webhookParts(changes: Listed<WebhookChange>): Part[] {
  if (changes.total === 0) return [paragraph('No changes.')];
  return list([
    ...earlier(changes, 'change'),
    ...changes.rows.map((change) => {
      const name = said(change.description) || change.webhookID.slice(0, 8);
      const why = said(change.reason) === '' ? '' : `: ${said(change.reason)}`;
      return line(
        `${minuteOf(change.at)} `,
        strong(name),
        ` ${WEBHOOK_DEEDS[change.what] ?? said(change.what)}${byWhom(change)}${why}`,
      );
    }),
  ]);
}

/** Those that are told are the last ones. */
function earlier({ rows, total }: Listed<unknown>, noun: string): Line[] {
  return total > rows.length ? [line(`${counted(total - rows.length, `earlier ${noun}`)} left out`)] : [];
}

function rest({ rows, total }: Listed<unknown>, noun: string): Part[] {
  return total > rows.length
    ? [
        paragraph(
          `${counted(total - rows.length, `more ${noun}`)} left out: the report has ${rows.length} at most.`,
        ),
      ]
    : [];
}
